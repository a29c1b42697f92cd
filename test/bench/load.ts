import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, requirePrograms } from '../support/install.ts';

export interface Load {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly seconds: number;
  readonly connections?: number;
  /** Milliseconds that each connection waits before its next request; none when not given. */
  readonly pauseMs?: number;
  /** Lua that defines `request()`, for requests that differ from one another. */
  readonly script?: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly milliseconds: { readonly p50: number; readonly p99: number };
  /** Answers that were none, or not 2xx or 3xx. */
  readonly failures: number;
}

const run = promisify(execFile);

/** Sends requests with wrk for some seconds. What is sent stands in a file, since the arguments of a process are public. */
export async function runLoad(load: Load): Promise<LoadResult> {
  requirePrograms({ command: 'wrk', package: 'wrk' });
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-load-'));
  const script = join(folder, 'load.lua');
  try {
    await writeFile(script, toLua(load), { mode: 0o600 });
    const options = ['--threads', '1', '--connections', `${load.connections ?? 32}`, '--duration', `${load.seconds}s`];
    const { stdout } = await run(findProgram('wrk') ?? 'wrk', [...options, '--script', script, load.url]);
    return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toLua({ method = 'GET', headers, body, pauseMs, script = '' }: Load): string {
  return `
wrk.method = ${quote(method)}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`)
  .join('\n')}
${body === undefined ? '' : `wrk.body = ${quote(body)}`}
${pauseMs === undefined ? '' : `function delay() return ${pauseMs} end`}
${script}
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
