import { readFileSync } from 'node:fs';
import { type Load, type LoadResult, runLoad } from './load.ts';

/** Something under load: where it is asked, and the process whose time its answers take, with those that it started. */
export interface Contender {
  readonly load: Omit<Load, 'seconds'>;
  readonly pid: number;
}

export interface Measured extends LoadResult {
  /** Microseconds of CPU that were spent on one request; a busy machine disturbs it less than the rate. */
  readonly cpuPerRequest: number;
}

export interface Comparison {
  readonly ours: Measured;
  readonly other: Measured;
  /** Median of the ratios of the pairs: requests per second, ours over the other. */
  readonly ratio: number;
  /** Median of the ratios of the pairs: CPU time per request, the other over ours. */
  readonly cpuRatio: number;
}

export interface Pace {
  readonly pairs: number;
  readonly seconds: number;
  /** Until the code is compiled and the key is cached; the first answers may be late. */
  readonly warmUpSeconds: number;
}

// What the kernel counts CPU time in, on every Linux (getconf CLK_TCK).
const TICKS_PER_SECOND = 100;

/** Runs two contenders by turns, so that what else the machine does befalls both. */
export async function compare(
  ours: Contender,
  other: Contender,
  { pairs, seconds, warmUpSeconds }: Pace,
): Promise<Comparison> {
  const measured: { ours: Measured; other: Measured }[] = [];
  for (const { load } of [ours, other]) await runLoad({ ...load, seconds: warmUpSeconds });
  for (let pair = 0; pair < pairs; pair++) {
    const oursFirst = pair % 2 === 0;
    const first = await measure(oursFirst ? ours : other, seconds);
    const second = await measure(oursFirst ? other : ours, seconds);
    measured.push(oursFirst ? { ours: first, other: second } : { ours: second, other: first });
  }
  return {
    ours: medians(measured.map((pair) => pair.ours)),
    other: medians(measured.map((pair) => pair.other)),
    ratio: median(measured.map((pair) => pair.ours.requestsPerSecond / pair.other.requestsPerSecond)),
    cpuRatio: median(measured.map((pair) => pair.other.cpuPerRequest / pair.ours.cpuPerRequest)),
  };
}

export async function measure({ load, pid }: Contender, seconds: number): Promise<Measured> {
  const before = cpuSeconds(pid);
  const result = await runLoad({ ...load, seconds });
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} requests to ${load.url} failed.`);
  return { ...result, cpuPerRequest: ((cpuSeconds(pid) - before) * 1e6) / result.requests };
}

/** Of a process and of those that it started. */
function cpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [String(pid), ...children].map(ownCpuSeconds).reduce((sum, each) => sum + each);
}

function ownCpuSeconds(pid: string): number {
  // The second field, the program's name, may hold spaces; it ends with the last parenthesis.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function medians(results: readonly Measured[]): Measured {
  const of = (read: (result: Measured) => number) => median(results.map(read));
  return {
    requests: results.reduce((sum, { requests }) => sum + requests, 0),
    requestsPerSecond: of((result) => result.requestsPerSecond),
    milliseconds: { p50: of((result) => result.milliseconds.p50), p99: of((result) => result.milliseconds.p99) },
    failures: 0,
    cpuPerRequest: of((result) => result.cpuPerRequest),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
