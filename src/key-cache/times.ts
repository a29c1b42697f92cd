/** For how long an unknown key is remembered as unknown. */
export const UNKNOWN_MS = 5_000;
/** How long a key is fresh while the cache is not settled: short enough that a revoked key is still refused within a second. */
export const UNSETTLED_MS = 500;
/** How long after a change another instance may still share, and a replica still return, what was there before. */
export const SETTLING_MS = 5_000;
/** After a fault of the store, stale keys are used for this long before the store is asked about them again. */
export const STORE_RETRY_MS = 1_000;
/** How long Redis must not have failed before the log says that it works again. */
export const CALM_MS = 5_000;
