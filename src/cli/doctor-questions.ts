import { prefectVersions } from '../requests/rest/prefect-routes.ts';
import type { Route } from '../requests/rest/routes.ts';
import type { Question } from './doctor-ask.ts';

/** No Prefect has anything of this id or name, so nothing happens if the request is let in. */
const NO_ID = '00000000-0000-4000-8000-000000000000';
const NO_NAME = 'prefect-auth-doctor';

const HEALTH_PATHS = new Set(['/health', '/ready']);
/** Public if OPENAPI_PUBLIC is on. */
export const OPENAPI_PATHS: readonly string[] = ['/openapi.json', '/docs', '/redoc', '/docs/oauth2-redirect'];

const routes: readonly Route[] = Object.values(prefectVersions).flat();

/**
 * One question for each path of Prefect's API that needs a key, since nginx chooses the location by the path. No question can
 * change anything: each is a GET, or a POST if a GET needs no key and no route accepts the POST.
 */
export function questionsForPaths(base: string): Question[] {
  const paths = new Set(routes.filter(({ method }) => method !== 'WS').map(({ path }) => toExample(path)));
  return [...paths]
    .filter((path) => !OPENAPI_PATHS.includes(path))
    .map((path) => ({ method: HEALTH_PATHS.has(path) ? 'POST' : 'GET', path: base + path }));
}

export function questionsForSockets(base: string): Question[] {
  const paths = new Set(routes.filter(({ method }) => method === 'WS').map(({ path }) => toExample(path)));
  return [...paths].map((path) => ({ method: 'GET', path: base + path, isWebSocket: true }));
}

/** Searches: for one the decision needs the body, for the other it does not. */
export function questionsWithBodies(base: string): Question[] {
  return ['/flows/filter', '/block_documents/filter'].map((path) => ({
    method: 'POST',
    path: base + path,
    body: '{"limit": 1}',
  }));
}

/** Asks for Prefect's version, which every role may read. The answer differs from a page. */
export function questionForVersion(base: string): Question {
  return { method: 'GET', path: `${base}/admin/version` };
}

function toExample(path: string): string {
  return path.replaceAll(/\{\w+:uuid\}/g, NO_ID).replaceAll(/\{\w+(?::\w+)?\}/g, NO_NAME);
}
