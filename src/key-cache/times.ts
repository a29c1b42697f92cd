/** For how long an unknown key is remembered as unknown. */
export const UNKNOWN_MS = 5_000;
/** For how long a key is fresh while the cache is not settled: so briefly that the bound on revocation holds. */
export const UNSETTLED_MS = 500;
/** For how long after a change another instance may still share, and a replica still show, what was there before. */
export const SETTLING_MS = 5_000;
/** After a fault of the store, stale keys are used for so long before the store is asked about them again. */
export const STORE_RETRY_MS = 1_000;
/** For how long Redis must not have failed before it is said to work again. */
export const CALM_MS = 5_000;
