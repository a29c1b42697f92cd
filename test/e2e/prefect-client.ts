import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type RunningProgram, runProgram, startProgram } from '../support/process/child-process.ts';
import type { Nginx } from '../support/servers/nginx.ts';
import { type PrefectInstallation, prefectEnvironment } from '../support/servers/prefect.ts';

const flows = resolve(import.meta.dirname, 'flows');

/** A person's or a worker's machine: Prefect's own programs, a home folder, and the settings that reach the gate. */
export interface PrefectClient {
  /** Runs `prefect …` to its end. */
  prefect(...args: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }>;
  /** Runs a script of ./flows to its end. */
  run(script: string, ...args: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }>;
  /** Starts `prefect …`, or a script of ./flows, to run until it is stopped. */
  start(program: string, ...args: readonly string[]): RunningProgram;
}

/** The settings that make Prefect 3.4.8 and newer send a key, over HTTP and in every WebSocket handshake. */
export function customHeaders(key: string): Record<string, string> {
  return { PREFECT_CLIENT_CUSTOM_HEADERS: JSON.stringify({ Authorization: `Bearer ${key}` }) };
}

/** Prefect 2 reads its own setting for HTTP alone; OpenSSL's serves both. */
function certificateSetting({ version }: PrefectInstallation): string {
  return version.startsWith('2.') ? 'SSL_CERT_FILE' : 'PREFECT_API_SSL_CERT_FILE';
}

export async function createPrefectClient(
  installation: PrefectInstallation,
  home: string,
  nginx: Nginx,
  settings: Readonly<Record<string, string>>,
): Promise<PrefectClient> {
  await mkdir(home, { recursive: true });
  const env = {
    ...prefectEnvironment(home),
    PREFECT_API_URL: `${nginx.url}/api`,
    [certificateSetting(installation)]: nginx.certificatePath,
    // Rich wraps tables and messages at 80 columns where there is no terminal.
    COLUMNS: '400',
    ...settings,
  };
  const options = { env, cwd: flows };
  return {
    prefect: (...args) => runProgram(installation.program('prefect'), args, options),
    run: (script, ...args) => runProgram(installation.program('python'), [join(flows, script), ...args], options),
    start: (program, ...args) =>
      program === 'prefect'
        ? startProgram(installation.program('prefect'), args, options)
        : startProgram(installation.program('python'), [join(flows, program), ...args], options),
  };
}
