import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, requirePrograms } from '../support/install/install.ts';
import { baseEnvironment, startProgram, waitUntilReady } from '../support/process/child-process.ts';

export interface Load {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly seconds: number;
  readonly connections?: number;
  /** Milliseconds that each connection waits before its next request, on average: more or less, or all would fall into step. */
  readonly pauseMs?: number;
  /** Lua that defines `request()`, for requests that differ from one another, and where they are to be put together before, `prepare()`. */
  readonly script?: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly milliseconds: { readonly p50: number; readonly p99: number };
  /** Answers that were none, or not 2xx or 3xx. */
  readonly failures: number;
}

/** So that no load waits for ever where nobody is left to begin it. */
const BEGINS_WITHIN_SECONDS = 30;

/** A load that waits for its beginning; its seconds go on while it is paused. */
export interface PreparedLoad {
  begin(): void;
  pause(): void;
  resume(): void;
  finish(): Promise<LoadResult>;
}

/** Sends requests with wrk for some seconds. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const prepared = await prepareLoad(load);
  prepared.begin();
  return prepared.finish();
}

/** Starts wrk, which waits with its requests at hand. What is sent stands in a file, since the arguments of a process are public. */
export async function prepareLoad(load: Load): Promise<PreparedLoad> {
  requirePrograms({ command: 'wrk', package: 'wrk' });
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-load-'));
  const file = (name: string) => join(folder, name);
  await writeFile(file('load.lua'), toLua(load, file('ready'), file('go')), { mode: 0o600 });
  const options = ['--threads', '1', '--connections', `${load.connections ?? 32}`, '--duration', `${load.seconds}s`];
  const wrk = startProgram(findProgram('wrk') ?? 'wrk', [...options, '--script', file('load.lua'), load.url], {
    env: baseEnvironment(folder),
  });
  await waitUntilReady(wrk, async () => existsSync(file('ready')), 'wrk');
  return {
    begin: () => writeFileSync(file('go'), ''),
    pause: () => wrk.signal('SIGSTOP'),
    resume: () => wrk.signal('SIGCONT'),
    async finish() {
      await wrk.exited;
      await rm(folder, { recursive: true, force: true });
      const [result] = /^\{.*\}$/m.exec(wrk.output()) ?? [];
      if (result === undefined) throw new Error(`wrk did not come to its end:\n${wrk.output()}`);
      return JSON.parse(result);
    },
  };
}

function toLua({ method = 'GET', headers, body, pauseMs, script = '' }: Load, ready: string, go: string): string {
  return `
wrk.method = ${quote(method)}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`)
  .join('\n')}
${body === undefined ? '' : `wrk.body = ${quote(body)}`}
${pauseMs === undefined ? '' : `function delay() return math.random(0, ${2 * pauseMs}) end`}
function prepare() end
${script}
function init()
  prepare()
  io.open(${quote(ready)}, "w"):close()
  local latest = os.time() + ${BEGINS_WITHIN_SECONDS}
  repeat until io.open(${quote(go)}) or os.time() > latest
end
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\\n{"requests":%d,"requestsPerSecond":%.1f,"milliseconds":{"p50":%.3f,"p99":%.3f},"failures":%d}',
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failures))
end
`;
}

/** A Lua string; JSON's escapes are Lua's for the characters that occur here. */
function quote(text: string): string {
  return JSON.stringify(text);
}
