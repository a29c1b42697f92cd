import type { ApiKeyStore } from './api-key-store.ts';

const FRESH_MS = 60_000;

/** How many keys the table holds in clear, counted at most once a minute however often it is asked. */
export function createCleartextCount(store: Pick<ApiKeyStore, 'countCleartext'>, now: () => number) {
  let counting: Promise<number> | undefined;
  let countedAt = 0;
  return async function countCleartext(): Promise<number> {
    if (counting === undefined || now() - countedAt > FRESH_MS) {
      countedAt = now();
      counting = store.countCleartext();
      counting.catch(() => {
        counting = undefined;
      });
    }
    return counting;
  };
}
