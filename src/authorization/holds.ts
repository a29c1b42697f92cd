import type { Condition } from './condition.ts';
import type { Operation } from './operation.ts';
import { conditionsFor, covers, type Policy } from './policy.ts';
import { prefectVersions } from './prefect-routes.ts';
import { pathGrantCovers, patternCovers } from './scope.ts';

/** For paths in scopes, which have it at the default place. */
const API_BASE_PATH = '/api';
const NO_REQUEST = { operations: [] };

/**
 * The conditions under which a policy would allow an operation, whatever the request; none where it always would, undefined
 * where it never would.
 */
export function holds(policy: Policy, operation: Operation): readonly Condition[] | undefined {
  const { within, ...own } = policy;
  const bound = within === undefined ? [] : holds(within, operation);
  if (bound === undefined || own.denials.some((pattern) => patternCovers(pattern, operation))) return undefined;
  if (covers(own, operation, NO_REQUEST) || pathsHold(own, operation)) return bound;
  const conditions = conditionsFor(own, operation);
  return conditions.length === 0 ? undefined : [...conditions, ...bound];
}

function pathsHold(policy: Policy, operation: Operation): boolean {
  if (policy.paths.length === 0) return false;
  const routes = routesByOperation.get(operation) ?? [];
  return routes.some(([method, path]) => policy.paths.some((grant) => pathGrantCovers(grant, method, path)));
}

const routesByOperation = new Map<string, (readonly [method: string, path: string])[]>();
for (const { method, path, operations } of Object.values(prefectVersions).flat()) {
  const [own = ''] = operations;
  const known = routesByOperation.get(own) ?? [];
  known.push([method, API_BASE_PATH + path]);
  routesByOperation.set(own, known);
}
