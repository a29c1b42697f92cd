import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseEnvironment, runProgram } from '../support/process/child-process.ts';
import type { PrefectInstallation } from '../support/servers/prefect.ts';
import type { EffectData } from './found-effects.ts';

const oracle = new URL('oracle.py', import.meta.url).pathname;

interface OracleOptions {
  /** A regular expression; only routes (`METHOD path`) that it finds are driven. */
  readonly only?: string;
  /** Which of these are driven with two fields at a time as well. */
  readonly pairs?: string;
}

/** Drives the installed Prefect, and returns what it saw. */
export async function runOracle(
  { program }: PrefectInstallation,
  home: string,
  { only = '', pairs }: OracleOptions = {},
): Promise<EffectData> {
  const file = join(home, 'effects.json');
  const options = ['--out', file, '--only', only, ...(pairs === undefined ? [] : ['--pairs', pairs])];
  const env = { ...baseEnvironment(home), PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' };
  const { status, output } = await runProgram(program('python'), [oracle, ...options], { env });
  if (status !== 0) throw new Error(`The effect oracle failed:\n${output}`);
  return JSON.parse(await readFile(file, 'utf8'));
}
