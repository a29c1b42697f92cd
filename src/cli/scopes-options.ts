import { type Command, InvalidArgumentError } from 'commander';
import { findScopeFaults } from '../amounts/scope-faults.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import { configuredRoles } from './configured-roles.ts';

export interface ScopesOptions {
  readonly scopes?: string;
  readonly role?: readonly string[];
  readonly workPool?: readonly string[];
  readonly allowUnknown?: boolean;
}

export const ALLOW_UNKNOWN = 'accept operations that this version does not know, for later releases of Prefect';

/** Lets a command take scopes, roles, or both. */
export function takesScopes(command: Command, what: string): Command {
  return command
    .option('--scopes <scopes>', `${what}, e.g. "query/* mutation/create_flow_run_from_deployment"`)
    .option('--role <role>', `${what}, by a role, as \`roles list\` shows them; can be given again`, collectRoles)
    .option(
      '--work-pool <name>',
      'for a worker: it may create this work pool and change its template; can be given again',
      collectWorkPools,
    )
    .option('--allow-unknown', ALLOW_UNKNOWN);
}

/** @returns the text of the scopes; undefined if none were given */
export function readScopes({
  scopes,
  role = [],
  workPool = [],
  allowUnknown = false,
}: ScopesOptions): string | undefined {
  if (scopes === undefined && role.length === 0 && workPool.length === 0) return undefined;
  const words = [...role.map((name) => `role:${name}`), ...workPool.map(scopesOfWorkPool), scopes ?? ''];
  const text = words.join(' ').trim();
  const { nothing, unknown, worthless } = findScopeFaults(text, configuredRoles());
  if (nothing !== undefined) throw new KeyProblem('invalid', `These scopes grant nothing: ${nothing}.`);
  if (unknown.length > 0 && !allowUnknown)
    throw new KeyProblem('invalid', `${capitalized(unknown.join('; '))}. ${HINT}`);
  if (worthless[0] !== undefined) throw new KeyProblem('invalid', worthless[0]);
  return text;
}

const HINT = 'Correct it, or add --allow-unknown if a later release of Prefect has it.';

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function collectRoles(name: string, earlier: readonly string[] = []): string[] {
  if (name.startsWith('role:')) throw new InvalidArgumentError('Leave the "role:" away.');
  return [...earlier, name];
}

/**
 * What a worker needs beside its role if the pool does not exist yet, or has no template. Creating a pool has no condition,
 * because the path does not contain the name of a new pool.
 */
function scopesOfWorkPool(name: string): string {
  const template = ['mutation/update_work_pool', 'mutation/override_base_job_template'];
  return ['mutation/create_work_pool', ...template.map((scope) => `${scope}[work_pool=${name}]`)].join(' ');
}

function collectWorkPools(name: string, earlier: readonly string[] = []): string[] {
  if (/[[\]*]/.test(name))
    throw new InvalidArgumentError('Give the name of one work pool, without brackets and stars.');
  return [...earlier, name];
}
