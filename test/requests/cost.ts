/** What looking at each character of a text of 5 MB costs on the machine on which the bounds of the tests were set. */
const REFERENCE_MILLISECONDS = 10;
const referenceText = 'a "quoted" text, of which each character is looked at\n'.repeat(100_000);

/**
 * What a call costs its thread, in milliseconds of the reference machine: the least of a few runs, as most need one.
 * A machine that is slower, busy, or measures its coverage is as much slower at looking at characters.
 */
export function cost(call: () => void, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5 && least > enough; run += 1) least = Math.min(least, spend(call));
  return least > enough ? least / slowness() : least;
}

function spend(call: () => void): number {
  const start = process.threadCpuUsage();
  call();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

function slowness(): number {
  const spent = Math.min(...[1, 2, 3].map(() => spend(countQuotes)));
  return Math.max(1, spent / REFERENCE_MILLISECONDS);
}

function countQuotes(): number {
  let count = 0;
  for (let at = 0; at < referenceText.length; at += 1) if (referenceText.charCodeAt(at) === 34) count += 1;
  return count;
}
