import type { Clock } from '../time/clock.ts';
import type { InvalidationChannel } from './invalidation-channel.ts';
import type { SharedKeys } from './shared-keys.ts';

export interface KeyCacheOptions {
  /** Seconds for which a key that was found is kept; 0 keeps none. */
  readonly ttl: number;
  /** Seconds for which a key is used beyond that while the store does not answer. */
  readonly staleIfError?: number;
  /** Seconds between two sweeps of outlived keys. */
  readonly checkPeriod: number;
  readonly maxKeys: number;
  /** Where change notifications come from. None is missed while all channels are open. */
  readonly channels?: readonly InvalidationChannel[];
  /** The cache between the memory and the store, if there is one. */
  readonly shared?: SharedKeys;
  /** Called with the origin of each answer. */
  readonly observe?: (origin: Origin) => void;
  /** Called when a channel opens, and when it is lost. */
  readonly onChannel?: (name: string, isOpen: boolean) => void;
  /** For this long after a change, keys are kept only briefly. */
  readonly settlingMs?: number;
  /** A clock that is never set back. */
  readonly clock?: Clock;
}

export type Origin = 'memory' | 'shared' | 'store' | 'stale' | 'nowhere';
