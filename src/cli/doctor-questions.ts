import { prefectVersions } from '../requests/rest/prefect-routes.ts';
import type { Route } from '../requests/rest/routes.ts';
import type { Question } from './doctor-ask.ts';

/** What is not there in any Prefect, so that nothing happens should the request be let in. */
const NO_ID = '00000000-0000-4000-8000-000000000000';
const NO_NAME = 'prefect-auth-doctor';

const HEALTH_PATHS = new Set(['/health', '/ready']);
/** For everyone where OPENAPI_PUBLIC says so. */
export const OPENAPI_PATHS: readonly string[] = ['/openapi.json', '/docs', '/redoc', '/docs/oauth2-redirect'];

const routes: readonly Route[] = Object.values(prefectVersions).flat();

/**
 * One question for each path of Prefect's API that needs a key: whoever answers it, nginx has chosen by the path. Nothing is
 * asked that could change something: GET, and POST where a GET needs no key and no route takes the POST.
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

/** Searches: where the decision needs the body, and where it does not. */
export function questionsWithBodies(base: string): Question[] {
  return ['/flows/filter', '/block_documents/filter'].map((path) => ({
    method: 'POST',
    path: base + path,
    body: '{"limit": 1}',
  }));
}

/** Prefect's version, which tells an API from a page; every role may read it. */
export function questionForVersion(base: string): Question {
  return { method: 'GET', path: `${base}/admin/version` };
}

function toExample(path: string): string {
  return path.replaceAll(/\{\w+:uuid\}/g, NO_ID).replaceAll(/\{\w+(?::\w+)?\}/g, NO_NAME);
}
