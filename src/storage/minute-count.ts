const FRESH_MS = 60_000;

/** What is counted at most once a minute, however often it is asked for. A count that failed is tried again. */
export function createMinuteCount(count: () => Promise<number>, now: () => number): () => Promise<number> {
  let counting: Promise<number> | undefined;
  let countedAt = 0;
  return async function countNow(): Promise<number> {
    if (counting === undefined || now() - countedAt > FRESH_MS) {
      countedAt = now();
      counting = count();
      counting.catch(() => {
        counting = undefined;
      });
    }
    return counting;
  };
}
