import type { AccessRequest } from './access-request.ts';
import { RIGHTS_WITHOUT_ROUTE } from './aside.ts';
import type { Condition } from './condition.ts';
import type { PrefectObject } from './objects.ts';
import type { Operation } from './operation.ts';
import { type GrantSet, grantsOfRole, type RoleDefinitions } from './roles.ts';
import { grantCovers, type PathGrant, parseScopes, pathGrantCovers, patternCovers } from './scope.ts';

/** What a principal may do, compiled from a text of scopes. */
export interface Policy {
  readonly grants: readonly GrantSet[];
  readonly denials: readonly string[];
  readonly paths: readonly PathGrant[];
  /** The roles that the text names, in its order, each once. */
  readonly roles: readonly string[];
  /** Why the text grants nothing: it cannot be read, or names an unknown role. */
  readonly problem?: string;
  /** The bound: it has to cover each operation too. */
  readonly within?: Policy;
}

export function compilePolicy(text: string, definitions: RoleDefinitions): Policy {
  const parsed = parseScopes(text);
  if ('problem' in parsed) return nothing(parsed.problem);
  const ownGrants = parsed.scopes.flatMap((scope) => (scope.type === 'grant' ? [scope] : []));
  const denials = parsed.scopes.flatMap((scope) => (scope.type === 'denial' ? [scope.pattern] : []));
  const roles = [...new Set(parsed.scopes.flatMap((scope) => (scope.type === 'role' ? [scope.name] : [])))];
  const grants: GrantSet[] = [{ grants: ownGrants, excludes: [] }];
  for (const role of roles) {
    const sets = grantsOfRole(definitions, role);
    if (sets === undefined) return nothing(`there is no role "${role}"`);
    grants.push(...sets);
  }
  return { grants, denials, paths: parsed.paths, roles };
}

/** The policy of a key whose owner may do no more than `bound`; undefined sets no bound. */
export function compileBoundPolicy(text: string, bound: string | undefined, definitions: RoleDefinitions): Policy {
  const policy = compilePolicy(text, definitions);
  return bound === undefined ? policy : { ...policy, within: compilePolicy(bound, definitions) };
}

function nothing(problem: string): Policy {
  return { grants: [], denials: [], paths: [], roles: [], problem };
}

/** A client needs a key, but no scope, to ask for its own identity. The service answers from its settings. */
export const WHO_AM_I: Operation = 'query/auth_info';

/** Prefect's clients send these before anything else. They change and reveal nothing, so any key that reaches Prefect may. */
export const PRELIMINARIES: ReadonlySet<Operation> = new Set(['mutation/create_csrf_token', 'query/read_version']);

/** Whether any of its grants concerns Prefect rather than this service. */
export function reachesPrefect({ grants, paths }: Policy): boolean {
  return paths.length > 0 || grants.some((set) => set.grants.some(({ pattern }) => !pattern.startsWith('admin/')));
}

/** Whether the policy allows one operation of the request. Denials win over every grant. */
export function covers(policy: Policy, operation: Operation, request: AccessRequest): boolean {
  const aside = request.asides?.get(operation);
  if (policy.within !== undefined && !covers(policy.within, operation, request)) return false;
  if (policy.denials.some((pattern) => patternCovers(pattern, operation))) return false;
  if (operation === WHO_AM_I && policy.problem === undefined) return true;
  if (PRELIMINARIES.has(operation) && reachesPrefect(policy)) return true;
  return (
    policy.grants.some((set) => setCovers(set, operation, aside?.isElsewhere ? undefined : request.objects)) ||
    (request.rest !== undefined && aside === undefined && pathsCover(policy.paths, operation, request.rest))
  );
}

function setCovers(set: GrantSet, operation: Operation, objects?: readonly PrefectObject[]): boolean {
  return set.grants.some((grant) => grantCovers(grant, operation, objects)) && !isExcluded(set, operation);
}

function isExcluded(set: GrantSet, operation: Operation): boolean {
  return set.excludes.some((pattern) => patternCovers(pattern, operation));
}

/** The conditions of all grants that match the operation, here and in the bound; empty if no such grant has a condition. */
export function conditionsFor(policy: Policy, operation: Operation): Condition[] {
  const own = policy.grants
    .filter((set) => !isExcluded(set, operation))
    .flatMap((set) => set.grants.filter((grant) => patternCovers(grant.pattern, operation)))
    .flatMap((grant) => grant.conditions);
  return policy.within === undefined ? own : [...own, ...conditionsFor(policy.within, operation)];
}

function pathsCover(
  paths: readonly PathGrant[],
  operation: Operation,
  rest: { method: string; path: string },
): boolean {
  if (RIGHTS_WITHOUT_ROUTE.has(operation)) return false;
  return paths.some((grant) => pathGrantCovers(grant, rest.method, rest.path));
}
