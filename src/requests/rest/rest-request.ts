import type { AccessRequest, OriginalRequest } from '../../authorization/access-request.ts';
import { type Aside, joinAsides } from '../../authorization/aside.ts';
import { type Denial, isDenial } from '../../authorization/denial.ts';
import type { Operation } from '../../authorization/operation.ts';
import { pathBelow, readTarget, type Target } from '../target.ts';
import { matchRoutesElsewhere } from './elsewhere.ts';
import { readNamedObjects } from './named-objects.ts';
import { isPrefectPage } from './pages.ts';
import { dependsOnBody, readBodyAsides, readQueryAsides } from './rest-asides.ts';
import { matchRoute, type RouteMatch, type RouteTable } from './routes.ts';
import { readUnusualName } from './unusual-names.ts';

export interface RestOptions {
  /** Where Prefect's API is mounted, as clients see it: `/api`, or `/prefect/api` under a sub-path. */
  readonly apiBasePath: string;
  /** Where Prefect's pages are: empty for the root, or `/prefect`. */
  readonly uiBasePath: string;
  /** Whether Prefect's OpenAPI pages are public. Otherwise they need `query/openapi` or a similar operation. */
  readonly isOpenapiPublic: boolean;
}

/** Allowed with and without a credential: Prefect's health checks, and the pages and files of its user interface. */
export type Public = 'public';

const HEALTH_PATHS = new Set(['/health', '/ready']);
/** FastAPI serves these for the whole application, wherever its API and its pages are. */
const OPENAPI_PATHS = new Set(['/openapi.json', '/docs', '/redoc', '/docs/oauth2-redirect']);
export const OPENAPI_OPERATIONS = new Set([
  'query/openapi',
  'query/swagger_ui_html',
  'query/swagger_ui_redirect',
  'query/redoc_html',
  'query/static',
]);

/** What is known of a request from its method, path and query. */
export interface RestPreview {
  /** What it would do at least; the body may add to it, but takes nothing away. */
  readonly request: AccessRequest;
  readonly dependsOnBody: boolean;
  readonly matches: readonly RouteMatch[];
  readonly asides: readonly Aside[];
}

/** What a request to Prefect 2 or 3 would do: the operations of its route, and what its query and body add to them. */
export function readRestRequest(
  original: OriginalRequest,
  table: RouteTable,
  options: RestOptions,
): AccessRequest | Denial | Public {
  const preview = previewRestRequest(original, table, options);
  if (preview === 'public' || isDenial(preview)) return preview;
  const inBody = readBodyAsides(original, preview.matches, table.actions);
  if (isDenial(inBody)) return inBody;
  return inBody.length === 0 ? preview.request : withAsides(preview.request, [...preview.asides, ...inBody]);
}

/** The same without the body, which may be long. */
export function previewRestRequest(
  original: OriginalRequest,
  table: RouteTable,
  options: RestOptions,
): RestPreview | Denial | Public {
  const target = readTargetOf(original, table, options);
  if (isDenial(target)) return target;
  // No route of Prefect accepts OPTIONS (a test checks the table): it is a browser's preflight, which carries no credential.
  if (original.method === 'OPTIONS' && !original.isWebSocket) return 'public';
  // A handshake is a GET only by its method. `{"GET": ["api/*"]}` is meant to read, but a WebSocket can also send events.
  const rest = { method: original.isWebSocket ? 'WS' : original.method, path: target.path };
  const path = pathBelow(options.apiBasePath, target.path);
  if (path === undefined) return readOutside(original, target, options) ?? readElsewhere(original, target, table, rest);
  if (HEALTH_PATHS.has(path) && isPlainRead(original)) return 'public';

  const matches = matchRoute(table, original.isWebSocket ? 'WS' : original.method, path);
  if (matches.length === 0) return withoutRoute([unknownRoute(original, table, path)], rest);
  const operations = operationsOf(matches);
  if (options.isOpenapiPublic && operations.every((operation) => OPENAPI_OPERATIONS.has(operation))) return 'public';
  return withRoutes({ operations, rest, named: () => readNamedObjects(matches) }, matches, target);
}

function readTargetOf(original: OriginalRequest, table: RouteTable, { apiBasePath }: RestOptions): Target | Denial {
  const target = readTarget(original.target);
  if (!isDenial(target)) return target;
  const method = original.isWebSocket ? 'WS' : original.method;
  return readUnusualName(original.target, method, table, apiBasePath) ?? target;
}

function withRoutes(request: AccessRequest, matches: readonly RouteMatch[], { query }: Target): RestPreview {
  const asides = readQueryAsides(query);
  return { request: withAsides(request, asides), dependsOnBody: dependsOnBody(matches), matches, asides };
}

function withoutRoute(operations: readonly Operation[], rest: NonNullable<AccessRequest['rest']>): RestPreview {
  return { request: { operations, rest }, dependsOnBody: false, matches: [], asides: [] };
}

function withAsides(request: AccessRequest, read: readonly Aside[]): AccessRequest {
  if (read.length === 0) return request;
  const asides = joinAsides(read);
  return { ...request, operations: [...new Set([...request.operations, ...asides.keys()])], asides };
}

/** Each operation once. The routes of the versions mostly have the same one. */
function operationsOf(matches: readonly RouteMatch[]): readonly Operation[] {
  const lists = matches.map(({ route }) => route.operations);
  const [first = []] = lists;
  const areSame = lists.every((each) => each.length === 1 && each[0] === first[0]);
  return areSame ? first : [...new Set(lists.flat())];
}

/** GET or HEAD, and not a WebSocket's handshake. */
function isPlainRead({ method, isWebSocket }: OriginalRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && !isWebSocket;
}

/**
 * Outside the API are the pages and files of the user interface, its settings, which it reads before a user can sign in, and
 * FastAPI's own pages. Each is public by its name: Prefect's API may lie elsewhere than API_BASE_PATH says.
 */
function readOutside(
  original: OriginalRequest,
  { path }: Target,
  { uiBasePath, isOpenapiPublic }: RestOptions,
): RestPreview | Public | undefined {
  if (!isPlainRead(original)) return undefined;
  if (isPrefectPage(path, uiBasePath)) return 'public';
  if (!OPENAPI_PATHS.has(path.replace(/\/$/, ''))) return undefined;
  return isOpenapiPublic ? 'public' : withoutRoute(['query/openapi'], { method: original.method, path });
}

/** An unknown operation, and also everything that Prefect would do if its API lay there. */
function readElsewhere(
  original: OriginalRequest,
  target: Target,
  table: RouteTable,
  rest: NonNullable<AccessRequest['rest']>,
): RestPreview {
  const matches = matchRoutesElsewhere(table, rest.method, target.path);
  const operations = [unknownOperation(original), ...operationsOf(matches)];
  return withRoutes({ operations: [...new Set(operations)], rest }, matches, target);
}

/** The operation of a route that no table knows. Its effect is unknown, so the method decides. Scopes cover it by wildcards. */
function unknownOperation(original: OriginalRequest): Operation {
  return isPlainRead(original) ? 'query/unknown' : 'mutation/unknown';
}

/** Prefect decides by the headers whether a GET is a handshake. If a WebSocket could answer, assume that it does. */
function unknownRoute(original: OriginalRequest, table: RouteTable, path: string): Operation {
  return matchRoute(table, 'WS', path).length > 0 ? 'mutation/unknown' : unknownOperation(original);
}
