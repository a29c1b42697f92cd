import type { AccessRequest } from './access-request.ts';
import type { Operation } from './operation.ts';
import { compilePolicy, covers } from './policy.ts';
import type { RoleDefinitions } from './roles.ts';
import { parseScopes, pathGrantCovers, patternCovers, splitScopes } from './scope.ts';

/** Why an operation is allowed by a text of scopes, or is not. */
export interface Explanation {
  readonly operation: Operation;
  /** The field of the query or body that asks for it beside the route's own. */
  readonly field?: string;
  readonly isCovered: boolean;
  /** The word that grants it: a scope, a role or a path; undefined if none does. */
  readonly grantedBy?: string;
  /** The denial that takes it away, whatever grants it. */
  readonly deniedBy?: string;
  /** Scopes of which any one would be enough, the narrowest first; empty if it is covered or denied. */
  readonly suffices: readonly string[];
}

export function explain(
  text: string,
  operation: Operation,
  request: AccessRequest,
  definitions: RoleDefinitions,
): Explanation {
  const isCovered = covers(compilePolicy(text, definitions), operation, request);
  const grantedBy = findGrant(text, operation, request, definitions);
  const deniedBy = findDenial(text, operation);
  const field = request.asides?.get(operation)?.field;
  return {
    operation,
    ...(field !== undefined && { field }),
    isCovered,
    ...(grantedBy !== undefined && { grantedBy }),
    ...(deniedBy !== undefined && { deniedBy }),
    suffices: isCovered || deniedBy !== undefined ? [] : findSufficient(operation, request, definitions),
  };
}

function findGrant(
  text: string,
  operation: Operation,
  request: AccessRequest,
  definitions: RoleDefinitions,
): string | undefined {
  const word = splitScopes(text).find((each) => covers(compilePolicy(each, definitions), operation, request));
  if (word !== undefined || request.rest === undefined) return word;
  const { method, path } = request.rest;
  const parsed = parseScopes(text);
  const grant = 'problem' in parsed ? undefined : parsed.paths.find((each) => pathGrantCovers(each, method, path));
  return grant && `${grant.method} ${grant.pattern}`;
}

function findDenial(text: string, operation: Operation): string | undefined {
  return splitScopes(text).find((word) => word.startsWith('!') && patternCovers(word.slice(1), operation));
}

function findSufficient(operation: Operation, request: AccessRequest, definitions: RoleDefinitions): string[] {
  const roles = Object.keys(definitions).map((name) => `role:${name}`);
  return [operation, ...roles.filter((role) => covers(compilePolicy(role, definitions), operation, request))];
}
