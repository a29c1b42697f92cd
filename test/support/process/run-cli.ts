import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { baseEnvironment } from './child-process.ts';

const project = resolve(import.meta.dirname, '../../..');

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `prefect-auth` to its end. */
export async function runCli(
  settings: Readonly<Record<string, string>>,
  words: readonly string[],
  { input = '', inputAfterMs = 0, killAfterMs }: { input?: string; inputAfterMs?: number; killAfterMs?: number } = {},
): Promise<CliResult> {
  const env = { ...baseEnvironment('/tmp'), ...settings };
  const child = spawn(process.execPath, ['src/cli.ts', ...words], { env, cwd: project });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  setTimeout(() => child.stdin.end(input), inputAfterMs);
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await once(child, 'close');
  return { status: child.exitCode, ...printed };
}
