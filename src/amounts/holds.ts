import { RIGHTS_WITHOUT_ROUTE } from '../authorization/aside.ts';
import type { Condition } from '../authorization/condition.ts';
import type { ObjectKind } from '../authorization/objects.ts';
import type { Operation } from '../authorization/operation.ts';
import { conditionsFor, covers, type Policy } from '../authorization/policy.ts';
import { pathGrantCovers, patternCovers } from '../authorization/scope.ts';
import { kindsNamedBy } from '../requests/rest/named-objects.ts';
import { prefectVersions } from '../requests/rest/prefect-routes.ts';

/** Scopes that are written as paths are compared with the API at its default path. */
const API_BASE_PATH = '/api';
const NO_REQUEST = { operations: [] };

/**
 * The conditions under which a policy allows an operation, whatever the request: empty if it always does, undefined if it
 * never does.
 */
export function holds(policy: Policy, operation: Operation): readonly Condition[] | undefined {
  const { within, ...own } = policy;
  const bound = within === undefined ? [] : holds(within, operation);
  if (bound === undefined || own.denials.some((pattern) => patternCovers(pattern, operation))) return undefined;
  if (covers(own, operation, NO_REQUEST) || pathsHold(own, operation)) return bound;
  const conditions = conditionsFor(withoutUnmet(own, operation), operation);
  return conditions.length === 0 ? undefined : [...conditions, ...bound];
}

/** Drops each grant with a condition that no request for the operation meets, because its path names no such object. */
function withoutUnmet(policy: Policy, operation: Operation): Policy {
  const named = kindsNamedFor(operation);
  if (named === undefined) return policy;
  const grants = policy.grants.map((set) => ({
    ...set,
    grants: set.grants.filter(({ conditions }) => conditions.every(({ kind }) => named.has(kind))),
  }));
  return { ...policy, grants };
}

/** The kinds of objects that requests for an operation name in their paths; undefined for a right without a route. */
export function kindsNamedFor(operation: Operation): ReadonlySet<ObjectKind> | undefined {
  return RIGHTS_WITHOUT_ROUTE.has(operation) ? undefined : (kindsByOperation.get(operation) ?? NONE);
}

const NONE: ReadonlySet<ObjectKind> = new Set();

function pathsHold(policy: Policy, operation: Operation): boolean {
  if (policy.paths.length === 0) return false;
  const routes = routesByOperation.get(operation) ?? [];
  return routes.some(([method, path]) => policy.paths.some((grant) => pathGrantCovers(grant, method, path)));
}

const routesByOperation = new Map<string, (readonly [method: string, path: string])[]>();
const kindsByOperation = new Map<string, Set<ObjectKind>>();
for (const { method, path, operations } of Object.values(prefectVersions).flat()) {
  for (const operation of operations) {
    const kinds = kindsByOperation.get(operation) ?? new Set();
    for (const kind of kindsNamedBy(path)) kinds.add(kind);
    kindsByOperation.set(operation, kinds);
  }
  const [own = ''] = operations;
  const known = routesByOperation.get(own) ?? [];
  known.push([method, API_BASE_PATH + path]);
  routesByOperation.set(own, known);
}
