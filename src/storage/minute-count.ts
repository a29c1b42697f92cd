const FRESH_MS = 60_000;

/** Counts at most once a minute, however often it is called. A count that failed is tried again. */
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
