import { compilePolicy } from '../authorization/policy.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { describeWorthlessDenials } from './describe-amounts.ts';
import { findUnknownScopes } from './unknown-scopes.ts';

/** What is wrong with scopes that a key or an account is about to get. */
export interface ScopeFaults {
  /** Why they grant nothing. The other faults are then not looked for. */
  readonly nothing?: string;
  /** Operations that do not exist, each with the nearest one that does. */
  readonly unknown: readonly string[];
  /** Denials that other grants make worthless. */
  readonly worthless: readonly string[];
}

export function findScopeFaults(scopes: string, roles: RoleDefinitions): ScopeFaults {
  const { problem } = compilePolicy(scopes, roles);
  if (problem !== undefined) return { nothing: problem, unknown: [], worthless: [] };
  return { unknown: findUnknownScopes(scopes), worthless: describeWorthlessDenials(scopes, roles) };
}
