import { resolve } from 'node:path';
import { baseEnvironment, runProgram } from '../process/child-process.ts';

const project = resolve(import.meta.dirname, '../../..');

type Grant = { readonly role: string; readonly 'work-pool'?: string } | { readonly scopes: string };

/** `prefect-auth keys create` in the embedded database of `dataDir`, whether the service runs or not. */
export async function createKey(dataDir: string, user: string, grant: Grant, expires = '1d'): Promise<string> {
  const granted = Object.entries(grant).flatMap(([option, value]) => [`--${option}`, value]);
  const { status, output } = await runProgram(
    process.execPath,
    ['src/cli.ts', 'keys', 'create', '--user', user, ...granted, '--expires', expires, '--json'],
    { env: { ...baseEnvironment(dataDir), DATA_DIR: dataDir }, cwd: project },
  );
  if (status !== 0) throw new Error(`prefect-auth keys create failed:\n${output}`);
  return JSON.parse(output).key;
}
