import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds after which other work has its turn. */
const SLICE_MS = 5;

/** Sums the counts of any number of items. Other work waits no longer than one item takes, and a few milliseconds. */
export async function countInSlices<Item>(items: readonly Item[], count: (item: Item) => number): Promise<number> {
  let sum = 0;
  let startedAt = performance.now();
  for (const item of items) {
    if (performance.now() - startedAt > SLICE_MS) {
      await nextTurn();
      startedAt = performance.now();
    }
    sum += count(item);
  }
  return sum;
}
