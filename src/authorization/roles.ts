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
  readonly grants: readonly string[];
  readonly excludes: readonly string[];
}

/** The role's own grants and those of every role it inherits; undefined where the name is not a role. */
export function grantsOfRole(
  definitions: RoleDefinitions,
  name: string,
  visited = new Set<string>(),
): GrantSet[] | undefined {
  if (!Object.hasOwn(definitions, name) || visited.has(name)) return visited.has(name) ? [] : undefined;
  visited.add(name);
  const role = definitions[name] as RoleDefinition;
  const own: GrantSet = { grants: role.grants.flatMap((grant) => grant.scopes), excludes: role.excludes ?? [] };
  const inherited = (role.inherits ?? []).map((parent) => grantsOfRole(definitions, parent, visited));
  if (inherited.includes(undefined)) return undefined;
  return [own, ...inherited.flatMap((sets) => sets ?? [])];
}
