import type { Clock } from '../../src/time/clock.ts';

export interface FakeClock extends Clock {
  advance(milliseconds: number): void;
}

/** A clock that stands still until a test advances it. */
export function createFakeClock(start = 1_000_000): FakeClock {
  let time = start;
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds;
    },
  };
}
