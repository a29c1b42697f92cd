import { type Command, InvalidArgumentError } from 'commander';
import { compilePolicy } from '../authorization/policy.ts';
import { findUnknownScopes } from '../authorization/unknown-scopes.ts';
import { KeyProblem } from '../storage/key-problem.ts';
import { configuredRoles } from './configured-roles.ts';

export interface ScopesOptions {
  readonly scopes?: string;
  readonly role?: readonly string[];
  readonly allowUnknown?: boolean;
}

export const ALLOW_UNKNOWN = 'take operations that this version does not know, for releases of Prefect to come';

/** Lets a command take scopes, roles, or both. */
export function takesScopes(command: Command, what: string): Command {
  return command
    .option('--scopes <scopes>', `${what}, e.g. "query/* mutation/create_flow_run"`)
    .option('--role <role>', `${what}, by a role, as \`roles list\` shows them; can be given again`, collectRoles)
    .option('--allow-unknown', ALLOW_UNKNOWN);
}

/** @returns the text of the scopes, undefined where none were given */
export function readScopes({ scopes, role = [], allowUnknown = false }: ScopesOptions): string | undefined {
  if (scopes === undefined && role.length === 0) return undefined;
  const text = [...role.map((name) => `role:${name}`), ...(scopes === undefined ? [] : [scopes])].join(' ').trim();
  const policy = compilePolicy(text, configuredRoles());
  if (policy.problem !== undefined) throw new KeyProblem('invalid', `These scopes grant nothing: ${policy.problem}.`);
  const unknown = allowUnknown ? [] : findUnknownScopes(text);
  if (unknown.length > 0) throw new KeyProblem('invalid', `${capitalized(unknown.join('; '))}. ${HINT}`);
  return text;
}

const HINT = 'Mend it, or add --allow-unknown if a later release of Prefect has it.';

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function collectRoles(name: string, earlier: readonly string[] = []): string[] {
  if (name.startsWith('role:')) throw new InvalidArgumentError('Leave the "role:" away.');
  return [...earlier, name];
}
