import type { Clock } from '../time/clock.ts';
import type { InvalidationChannel } from './invalidation-channel.ts';
import type { SharedKeys } from './shared-keys.ts';

export interface KeyCacheOptions {
  /** Seconds for which a key that was found is kept; 0 keeps none. */
  readonly ttl: number;
  /** Seconds for which a key is used beyond that while the store does not answer. */
  readonly staleIfError?: number;
  /** Seconds between two sweeps of what has outlived its time. */
  readonly checkPeriod: number;
  readonly maxKeys: number;
  /** Where word of changes comes from; it is complete while all of them are open. */
  readonly channels?: readonly InvalidationChannel[];
  /** Between the memory and the store, where there is one. */
  readonly shared?: SharedKeys;
  /** Told where each answer came from. */
  readonly observe?: (origin: Origin) => void;
  /** Told when a channel opens, and when it is lost. */
  readonly onChannel?: (name: string, isOpen: boolean) => void;
  /** For how long after a change nothing is kept for long. */
  readonly settlingMs?: number;
  /** One that is never set back. */
  readonly clock?: Clock;
}

export type Origin = 'memory' | 'shared' | 'store' | 'stale' | 'nowhere';
