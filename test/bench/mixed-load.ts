import { globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram, requirePrograms } from '../support/install/install.ts';
import { baseEnvironment, startProgram } from '../support/process/child-process.ts';

/** One of the requests that are sent by chance; a key of UNKNOWN in it becomes another every time. */
export interface MixedRequest {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isUnknown?: boolean;
  /** From 1: those whose keys are revoked together. */
  readonly group?: number;
}

/** What is being done to the servers while requests are sent. */
export interface LoadState {
  phase: string;
  /** By group: when a revocation was announced, and when it was done. Milliseconds since the epoch. */
  revoked: { announced: number; done?: number }[];
}

export interface MixedLoadResult {
  /** How often, by `<kind> <phase> <status>`; the kind of a group goes on with -before, -meanwhile or -after. */
  readonly answers: Readonly<Record<string, number>>;
  /** Connections that failed, and requests that were never answered. */
  readonly lost: number;
  readonly seconds: number;
}

export interface MixedLoad {
  /** Resolves once so many requests have been answered. */
  reached(requests: number): Promise<void>;
  /** Tells every connection, before anything is done that follows. */
  announce(state: LoadState): Promise<void>;
  stop(): Promise<MixedLoadResult>;
}

/** wrk has one connection in each thread, which then knows what an answer answers. */
const CONNECTIONS = '16';
/** Several times what the threads take to read the state again. */
const HEARD_MS = 300;

export async function startMixedLoad(url: string, requests: readonly MixedRequest[]): Promise<MixedLoad> {
  requirePrograms({ command: 'wrk', package: 'wrk' });
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-load-'));
  const write = (name: string, value: unknown) => {
    writeFileSync(join(folder, `${name}.new`), `return ${toLua(value)}`, { mode: 0o600 });
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  const announce = async (state: LoadState) => {
    write('state.lua', state);
    await delay(HEARD_MS);
  };
  write('requests.lua', requests);
  write('state.lua', { phase: 'steady', revoked: [] } satisfies LoadState);
  const options = ['--threads', CONNECTIONS, '--connections', CONNECTIONS, '--duration', '24h', '--timeout', '30s'];
  const script = join(import.meta.dirname, 'mixed-load.lua');
  const wrk = startProgram(findProgram('wrk') ?? 'wrk', [...options, '--script', script, url, '--', folder], {
    env: baseEnvironment(folder),
  });
  return {
    announce,
    async reached(count) {
      while (answered(folder) < count) {
        if (wrk.hasExited()) throw new Error(`wrk ended:\n${wrk.output()}`);
        await delay(100);
      }
    },
    async stop() {
      wrk.signal('SIGINT');
      await wrk.exited;
      await rm(folder, { recursive: true, force: true });
      const output = wrk.output();
      return JSON.parse(output.slice(output.lastIndexOf('\n{')));
    },
  };
}

function answered(folder: string): number {
  const counts = globSync(join(folder, 'progress-*')).map((path) => Number(readFileSync(path, 'utf8')));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A Lua table; JSON's escapes are Lua's for the characters that occur here. */
function toLua(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `{${value.map(toLua).join(', ')}}`;
  return `{${Object.entries(value)
    .map(([name, each]) => `[${JSON.stringify(name)}] = ${toLua(each)}`)
    .join(', ')}}`;
}
