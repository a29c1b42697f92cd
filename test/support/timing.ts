import { SETTLING_MS } from '../../src/key-cache/times.ts';

/** What a busy machine may add to any of these. */
const BUSY_MS = 2_000;

/** Within which every instance hears of a change, as is published. */
export const WORD_MS = 1_000;

/** For which a test waits for a change to count everywhere. */
export const BOUND_MS = WORD_MS + BUSY_MS;

/** In services that run in the tests' own process; shorter than outside, so that tests wait less. */
export const SHORT_SETTLING_MS = SETTLING_MS / 5;

/** After which such a service relies on hearing of changes, and keeps what it looks up. */
export const SETTLED_MS = SHORT_SETTLING_MS + BUSY_MS;

/** The same of a service in a process of its own. */
export const PROCESS_SETTLED_MS = SETTLING_MS + BUSY_MS;
