import { type Grant, parseScopes } from './scope.ts';

/** A role as `data/roles.json` and ROLES_FILE write it. */
export interface RoleDefinition {
  readonly description: string;
  readonly inherits?: readonly string[];
  readonly grants: readonly { readonly scopes: readonly string[]; readonly why: string }[];
  /** Operations that this role's own grants leave out; a role that inherits it may grant them. */
  readonly excludes?: readonly string[];
}

export type RoleDefinitions = Readonly<Record<string, RoleDefinition>>;

/** Patterns that grant together: what `grants` match and `excludes` do not. */
export interface GrantSet {
  readonly grants: readonly Grant[];
  readonly excludes: readonly string[];
}

/** The role's own grants and those of every role it inherits; undefined if one of them is not a role. */
export function grantsOfRole(
  definitions: RoleDefinitions,
  name: string,
  visited = new Set<string>(),
): GrantSet[] | undefined {
  if (!Object.hasOwn(definitions, name) || visited.has(name)) return visited.has(name) ? [] : undefined;
  visited.add(name);
  const role = definitions[name] as RoleDefinition;
  const grants = role.grants.flatMap(({ scopes }) => scopes).flatMap((scope) => readGrant(scope) ?? []);
  const own: GrantSet = { grants, excludes: role.excludes ?? [] };
  const inherited = (role.inherits ?? []).map((parent) => grantsOfRole(definitions, parent, visited));
  if (inherited.includes(undefined)) return undefined;
  return [own, ...inherited.flatMap((sets) => sets ?? [])];
}

/** Everything that would make a role grant less, or more, than it says. */
export function findRoleProblems(definitions: RoleDefinitions): string[] {
  return Object.entries(definitions).flatMap(([name, role]) => [
    ...(role.inherits ?? [])
      .filter((parent) => !Object.hasOwn(definitions, parent))
      .map((parent) => `${name} inherits "${parent}", which is not a role`),
    ...(inheritsItself(definitions, name) ? [`${name} inherits itself`] : []),
    ...role.grants
      .flatMap((grant) => grant.scopes)
      .filter((scope) => readGrant(scope) === undefined)
      .map((scope) => `${name} has "${scope}", which is not a scope that a role can grant`),
    ...(role.excludes ?? [])
      .filter((scope) => readGrant(scope)?.conditions.length !== 0)
      .map((scope) => `${name} excludes "${scope}", which is not a scope without conditions`),
  ]);
}

/** A role has no denials: they would also take from inheriting roles and from the key's other scopes. `excludes` does not. */
function readGrant(scope: string): Grant | undefined {
  const parsed = parseScopes(scope);
  const [only, ...others] = 'scopes' in parsed ? parsed.scopes : [];
  return only?.type === 'grant' && others.length === 0 ? only : undefined;
}

function inheritsItself(definitions: RoleDefinitions, name: string, from = name, visited = new Set<string>()): boolean {
  return (definitions[from]?.inherits ?? []).some((parent) => {
    if (parent === name) return true;
    if (visited.has(parent)) return false;
    visited.add(parent);
    return inheritsItself(definitions, name, parent, visited);
  });
}

/** The role and all that it inherits, each once, itself first. */
export function inheritedRoles(definitions: RoleDefinitions, name: string, found: string[] = []): string[] {
  if (found.includes(name)) return found;
  found.push(name);
  for (const parent of definitions[name]?.inherits ?? []) inheritedRoles(definitions, parent, found);
  return found;
}
