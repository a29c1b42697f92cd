import { type Command, InvalidArgumentError } from 'commander';
import { compilePolicy } from '../authorization/policy.ts';
import { KeyProblem } from '../storage/key-problem.ts';
import { configuredRoles } from './configured-roles.ts';

export interface ScopesOptions {
  readonly scopes?: string;
  readonly role?: readonly string[];
}

/** Lets a command take scopes, roles, or both. */
export function takesScopes(command: Command, what: string): Command {
  return command
    .option('--scopes <scopes>', `${what}, e.g. "query/* mutation/create_flow_run"`)
    .option('--role <role>', `${what}, by a role, as \`roles list\` shows them; can be given again`, collectRoles);
}

/** @returns the text of the scopes, undefined where none were given */
export function readScopes({ scopes, role = [] }: ScopesOptions): string | undefined {
  if (scopes === undefined && role.length === 0) return undefined;
  const text = [...role.map((name) => `role:${name}`), ...(scopes === undefined ? [] : [scopes])].join(' ').trim();
  const policy = compilePolicy(text, configuredRoles());
  if (policy.problem !== undefined) throw new KeyProblem('invalid', `These scopes grant nothing: ${policy.problem}.`);
  return text;
}

function collectRoles(name: string, earlier: readonly string[] = []): string[] {
  if (name.startsWith('role:')) throw new InvalidArgumentError('Leave the "role:" away.');
  return [...earlier, name];
}
