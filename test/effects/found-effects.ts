import { readdirSync, readFileSync } from 'node:fs';
import type { OriginalRequest } from '../../src/authorization/access-request.ts';

/** data/prefect/effects/<version>.json, as write_lines.py writes it. */
export interface EffectData {
  readonly prefect: string;
  readonly routes: Readonly<Record<string, RouteEffects>>;
}

interface RouteEffects {
  readonly operation: string;
  /** What the plainest request does that the route answers with success. */
  readonly base: readonly string[];
  readonly fields?: Readonly<Record<string, readonly Way[]>>;
  /** Fields that were never answered with success; `*` where the whole route was not. */
  readonly undriven?: readonly string[] | '*';
}

interface Way {
  readonly effects: readonly string[];
  /** An example: what the request said beside the plainest one; `?name` stands in the query. */
  readonly by: unknown;
}

/** One effect of one field; the field is empty for what the plainest request of the route does. */
export interface FoundEffect {
  readonly version: string;
  /** `METHOD path` */
  readonly route: string;
  readonly operation: string;
  readonly field: string;
  readonly effect: string;
  readonly by: unknown;
}

const folder = new URL('../../data/prefect/effects/', import.meta.url);
const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
/** What a route's plainest request does to rows is what its name says. */
const OF_ROWS = /^(?:creates|changes|deletes|reads):/;

export function readCommittedEffects(): EffectData[] {
  const files = readdirSync(folder).sort();
  return files.map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
}

/** Everything that a review has to say something about. */
export function listEffects({ prefect: version, routes }: EffectData): FoundEffect[] {
  return Object.entries(routes).flatMap(([route, { operation, base, fields = {} }]) => [
    ...base
      .filter((effect) => !OF_ROWS.test(effect))
      .map((effect) => ({ version, route, operation, field: '', effect, by: {} })),
    ...Object.entries(fields).flatMap(([field, ways]) =>
      ways.flatMap(({ effects, by }) =>
        effects.map((effect) => ({ version, route, operation, field, effect, by: withIds(by) })),
      ),
    ),
  ]);
}

/**
 * Whether the plainest request of the route was seen to do it to rows as well. Which request of a route is the first to do so, such as
 * to mark a deployment as polled, differs from run to run.
 */
export function isOfRoute({ route, effect }: FoundEffect, committed: readonly EffectData[]): boolean {
  return OF_ROWS.test(effect) && committed.some(({ routes }) => routes[route]?.base.includes(effect));
}

function withIds(example: unknown): unknown {
  return JSON.parse(JSON.stringify(example).replaceAll('<uuid>', ID));
}

/** The request that has the effect, as nginx shows it to the service. */
export function toRequest({ route, by }: FoundEffect): OriginalRequest {
  const [method = '', path = ''] = route.split(' ');
  const target = `/api${path.replaceAll(/\{\w+\}/g, ID)}`;
  const [[name, value] = ['', undefined]] = Object.entries(by ?? {});
  const query = name.startsWith('?') ? `${name}=${encodeURIComponent(String(value))}` : '';
  // What is said on a WebSocket nobody sees before it is open.
  const isWebSocket = method === 'WS';
  const hasBody = method !== 'GET' && !isWebSocket && query === '';
  const body = hasBody ? Buffer.from(JSON.stringify(by)) : undefined;
  return {
    method: isWebSocket ? 'GET' : method,
    target: target + query,
    isWebSocket,
    isGraphqlHost: false,
    contentType: body && 'application/json',
    contentEncoding: undefined,
    contentLength: body && `${body.length}`,
    body,
  };
}
