import type { Clock } from '../time/clock.ts';
import type { InvalidationChannel } from './invalidation-channel.ts';

export interface SettlingOptions {
  readonly clock: Clock;
  /** How long ago the last change must be. */
  readonly settlingMs: number;
}

/** Whether the cache is settled: all channels are open, and the last change was some time ago. Only then is a key kept for long. */
export interface Settling {
  isSettled(): boolean;
  changed(): void;
  opened(channel: InvalidationChannel): void;
  lost(channel: InvalidationChannel): void;
}

export function createSettling(
  channels: readonly InvalidationChannel[],
  { clock, settlingMs }: SettlingOptions,
): Settling {
  const silent = new Set(channels);
  let settledFrom = 0;
  const changed = () => {
    settledFrom = clock.now() + settlingMs;
  };
  return {
    isSettled: () => silent.size === 0 && clock.now() >= settledFrom,
    changed,
    opened(channel) {
      changed();
      silent.delete(channel);
    },
    lost(channel) {
      changed();
      silent.add(channel);
    },
  };
}
