import type { Operation } from '../../authorization/operation.ts';
import type { ActionRules, FieldRule } from './field-effects.ts';

/** A route of Prefect's API and what it does. */
export interface Route {
  /** `WS` for a WebSocket, `ANY` for a mounted application. */
  readonly method: string;
  /** Below the API's base path, as Prefect registers it: `/flows/{id:uuid}`. */
  readonly path: string;
  /** All that the route may do; each has to be covered. */
  readonly operations: readonly Operation[];
  /** The fields of the body that may add operations. Such a route needs the mirrored body. */
  readonly body?: readonly FieldRule[];
}

/** The route that one version of Prefect would run, and the path's parameters, decoded. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Routes by the segments of their paths: a look-up walks along the path instead of trying an expression for each route. */
export interface RouteTable {
  readonly root: Segment;
  readonly versions: number;
  /** What the actions of automations do. */
  readonly actions: ActionRules;
}

interface Segment {
  readonly literals: Map<string, Segment>;
  /** `{id:uuid}` */
  uuid?: Segment;
  /** `{name}`, any text that is not empty. */
  text?: Segment;
  readonly routes: Registration[];
  /** Routes that end in `{name:path}` here and match the rest of the path, slashes included. */
  readonly rests: Registration[];
}

interface Registration {
  readonly route: Route;
  readonly names: readonly string[];
  readonly version: number;
  /** When this version's router tries the route. */
  readonly order: number;
}

/** The routes that are registered for a path, of any method and version. */
interface Candidate {
  readonly registrations: readonly Registration[];
  readonly values: readonly string[];
}

interface Found {
  readonly registration: Registration;
  readonly values: readonly string[];
}

/** As Starlette reads a UUID: each hyphen is optional. */
const UUID = /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/;

/** A table of several versions of Prefect, each a list of routes in the order in which its router tries them. */
export function createRouteTable(
  versions: readonly (readonly Route[])[],
  actions: ActionRules = new Map(),
): RouteTable {
  const root = createSegment();
  for (const [version, routes] of versions.entries()) {
    for (const [order, route] of routes.entries()) addRoute(root, route, version, order);
  }
  return { root, versions: versions.length, actions };
}

/**
 * What Starlette's router (starlette/routing.py, Router.app) would run for this method and decoded path below the API's
 * base path, in each version of the table. It is unknown which version answers, so what any of them would do counts.
 * Empty if no version runs anything.
 */
export function matchRoute(table: RouteTable, method: string, path: string): RouteMatch[] {
  // FastAPI refuses HEAD, and Starlette's own routes answer it like GET. So it never does more than GET.
  const asked = method === 'HEAD' ? 'GET' : method;
  const asWritten = findCandidates(table, path);
  let otherSlash: Candidate[] | undefined;
  const matches: RouteMatch[] = [];
  for (let version = 0; version < table.versions; version++) {
    // Starlette tries the other spelling of the trailing slash (redirect_slashes) only if no route of any method has this path.
    const hasPath = hasVersion(asWritten, version);
    if (!hasPath) otherSlash ??= findCandidates(table, path.endsWith('/') ? path.slice(0, -1) : `${path}/`);
    const first = firstRegistered(hasPath ? asWritten : (otherSlash ?? []), version, asked);
    const isFound = matches.some(({ route }) => route === first?.registration.route);
    if (first !== undefined && !isFound) matches.push(toMatch(first));
  }
  return matches;
}

function hasVersion(candidates: readonly Candidate[], version: number): boolean {
  return candidates.some(({ registrations }) => registrations.some((registration) => registration.version === version));
}

function firstRegistered(candidates: readonly Candidate[], version: number, method: string): Found | undefined {
  let first: Found | undefined;
  for (const { registrations, values } of candidates) {
    for (const registration of registrations) {
      if (registration.version !== version) continue;
      if (registration.route.method !== method && registration.route.method !== 'ANY') continue;
      if (first === undefined || registration.order < first.registration.order) first = { registration, values };
    }
  }
  return first;
}

function toMatch({ registration: { route, names }, values }: Found): RouteMatch {
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) parameters[name] = values[index] ?? '';
  return { route, parameters };
}

function findCandidates(table: RouteTable, path: string): Candidate[] {
  const candidates: Candidate[] = [];
  walk(table.root, path, 1, [], candidates);
  return candidates;
}

/** @param from the start of the path's next part; past the path's end if there is none */
function walk(segment: Segment, path: string, from: number, values: readonly string[], found: Candidate[]): void {
  if (from > path.length) {
    if (segment.routes.length > 0) found.push({ registrations: segment.routes, values });
    return;
  }
  if (segment.rests.length > 0) found.push({ registrations: segment.rests, values: [...values, path.slice(from)] });
  const slash = path.indexOf('/', from);
  const end = slash < 0 ? path.length : slash;
  const part = path.slice(from, end);
  const literal = segment.literals.get(part);
  if (literal !== undefined) walk(literal, path, end + 1, values, found);
  if (segment.text !== undefined && part !== '') walk(segment.text, path, end + 1, [...values, part], found);
  if (segment.uuid !== undefined && UUID.test(part)) walk(segment.uuid, path, end + 1, [...values, part], found);
}

function addRoute(root: Segment, route: Route, version: number, order: number): void {
  let segment = root;
  const names: string[] = [];
  const registration = { route, names, version, order };
  for (const part of route.path.split('/').slice(1)) {
    const [, name, convertor] = /^\{(\w+)(?::(\w+))?\}$/.exec(part) ?? [];
    if (name !== undefined) names.push(name);
    if (convertor === 'path') {
      segment.rests.push(registration);
      return;
    }
    segment = name === undefined ? literalChild(segment, part) : parameterChild(segment, convertor ?? 'str');
  }
  segment.routes.push(registration);
}

function literalChild(segment: Segment, part: string): Segment {
  if (/[{}]/.test(part)) throw new Error(`The route table has a path segment that is not understood: ${part}`);
  const child = segment.literals.get(part) ?? createSegment();
  segment.literals.set(part, child);
  return child;
}

function parameterChild(segment: Segment, convertor: string): Segment {
  if (convertor !== 'uuid' && convertor !== 'str')
    throw new Error(`The route table has an unknown convertor: ${convertor}`);
  const kind = convertor === 'uuid' ? 'uuid' : 'text';
  segment[kind] ??= createSegment();
  return segment[kind];
}

function createSegment(): Segment {
  return { literals: new Map(), routes: [], rests: [] };
}
