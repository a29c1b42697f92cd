import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Load, type LoadResult, prepareLoad, runLoad } from './load.ts';

/** Something under load: where it is asked, and the process whose time its answers take, with those that it started. */
export interface Contender {
  readonly load: Omit<Load, 'seconds'>;
  readonly pid: number;
}

export interface Measured extends LoadResult {
  /** Microseconds of CPU that were spent on one request; a busy machine disturbs it less than the rate. */
  readonly cpuPerRequest: number;
}

/** What is left to say of one that was asked half of the time. */
type Cost = Pick<Measured, 'requests' | 'cpuPerRequest'>;

export interface Comparison {
  /** Medians of the pairs. */
  readonly ours: Cost;
  readonly other: Cost;
  /** Median of the ratios of the pairs: requests answered in the same time, ours over the other. */
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

/** What else the machine does changes within a second; so soon after one another, both see the same of it. */
const TURN_MS = 100;

// What the kernel counts CPU time in, on every Linux (getconf CLK_TCK).
const TICKS_PER_SECOND = 100;

/** Measures two contenders in pairs: runs of some seconds, in which they are asked by turns. */
export async function compare(
  ours: Contender,
  other: Contender,
  { pairs, seconds, warmUpSeconds }: Pace,
): Promise<Comparison> {
  const measured: { ours: Measured; other: Measured }[] = [];
  for (const { load } of [ours, other]) await runLoad({ ...load, seconds: warmUpSeconds });
  for (let pair = 0; pair < pairs; pair++) {
    const isOursFirst = pair % 2 === 0;
    const [first, second] = await (isOursFirst
      ? measureByTurns(ours, other, seconds)
      : measureByTurns(other, ours, seconds));
    measured.push(isOursFirst ? { ours: first, other: second } : { ours: second, other: first });
  }
  return {
    ours: medians(measured.map((pair) => pair.ours)),
    other: medians(measured.map((pair) => pair.other)),
    ratio: median(measured.map((pair) => pair.ours.requests / pair.other.requests)),
    cpuRatio: median(measured.map((pair) => pair.other.cpuPerRequest / pair.ours.cpuPerRequest)),
  };
}

async function measureByTurns(one: Contender, another: Contender, seconds: number): Promise<[Measured, Measured]> {
  const first = await prepare(one, seconds);
  const second = await prepare(another, seconds);
  first.begin();
  second.begin();
  // Both have to have begun, since their seconds count from here; and both go on together when the turns are over.
  const lastTurnsFrom = performance.now() + seconds * 1000 - 4 * TURN_MS;
  await delay(TURN_MS);
  while (performance.now() < lastTurnsFrom) {
    first.resume();
    second.pause();
    await delay(TURN_MS);
    first.pause();
    second.resume();
    await delay(TURN_MS);
  }
  first.resume();
  return [await first.finish(), await second.finish()];
}

export async function measure(contender: Contender, seconds: number): Promise<Measured> {
  const run = await prepare(contender, seconds);
  run.begin();
  return run.finish();
}

async function prepare({ load, pid }: Contender, seconds: number) {
  const prepared = await prepareLoad({ ...load, seconds });
  const before = cpuSeconds(pid);
  return {
    ...prepared,
    async finish(): Promise<Measured> {
      const result = await prepared.finish();
      const { failures, requests } = result;
      if (failures > 0) throw new Error(`${failures} of ${requests} requests to ${load.url} failed.`);
      return { ...result, cpuPerRequest: ((cpuSeconds(pid) - before) * 1e6) / requests };
    },
  };
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

function medians(costs: readonly Cost[]): Cost {
  const of = (read: (cost: Cost) => number) => median(costs.map(read));
  return { requests: of((cost) => cost.requests), cpuPerRequest: of((cost) => cost.cpuPerRequest) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
