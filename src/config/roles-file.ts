import { readFileSync } from 'node:fs';
import { z } from 'zod';
import builtIn from '../../data/roles.json' with { type: 'json' };
import { findUnknownScopes } from '../amounts/unknown-scopes.ts';
import { findRoleProblems, type RoleDefinitions } from '../authorization/roles.ts';

const roleDefinition = z.strictObject({
  description: z.string().min(1),
  inherits: z.array(z.string()).default([]),
  excludes: z.array(z.string()).default([]),
  grants: z.array(z.strictObject({ scopes: z.array(z.string()), why: z.string().min(1) })),
  allowUnknown: z.boolean().default(false),
});
const rolesFile = z.record(z.string().regex(/^[A-Za-z0-9_-]+$/, 'has letters that a role cannot have'), roleDefinition);

/**
 * The service's own roles and those of ROLES_FILE.
 * @throws RolesFileError with everything that is wrong with the file
 */
export function readRoles(path: string | undefined): RoleDefinitions {
  if (path === undefined) return builtIn;
  const own = parseRolesFile(path);
  const redefined = Object.keys(own).filter((name) => Object.hasOwn(builtIn, name));
  const roles = { ...own, ...builtIn };
  const problems = [
    ...redefined.map(
      (name) => `"${name}" comes with the service; give the role another name, it may inherit "${name}"`,
    ),
    ...findRoleProblems(roles),
    ...findUnknown(own),
  ];
  if (problems.length > 0) throw new RolesFileError(problems);
  return roles;
}

export class RolesFileError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'RolesFileError';
  }
}

/** A role for future releases of Prefect sets `"allowUnknown": true`. */
function findUnknown(roles: z.output<typeof rolesFile>): string[] {
  return Object.entries(roles).flatMap(([name, { allowUnknown, grants, excludes }]) => {
    const scopes = [...grants.flatMap((grant) => grant.scopes), ...excludes];
    const unknown = allowUnknown ? [] : scopes.flatMap(findUnknownScopes);
    return unknown.map((problem) => `${name}: ${problem}`);
  });
}

function parseRolesFile(path: string): z.output<typeof rolesFile> {
  const result = rolesFile.safeParse(readJson(path));
  if (result.success) return result.data;
  throw new RolesFileError(
    result.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new RolesFileError([`cannot be read: ${(error as Error).message}`]);
  }
}
