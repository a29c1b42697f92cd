/** What a call costs its thread, in milliseconds, whatever else the machine does: the least of a few runs, as most need one. */
export function cost(call: () => void, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5 && least > enough; run += 1) {
    const start = process.threadCpuUsage();
    call();
    const { user, system } = process.threadCpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
