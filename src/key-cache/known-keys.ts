import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../keys/api-key.ts';
import { isDigest, type PackedDigest, packDigest, unpackDigest } from '../keys/key-format.ts';
import type { Clock } from '../time/clock.ts';
import { CachedKey } from './cached-key.ts';
import { createInterned } from './interned.ts';
import { type Change, EVERYTHING, type KnownKey } from './invalidation-channel.ts';

/** A key, and the generation in which it was read: if that is over, the key may have been read before a change. */
interface Reading {
  readonly key: CachedKey;
  readonly generation: number;
}

/**
 * The keys in this process's memory, by digest: a Keyv whose store can also be read and emptied without waiting. Times are
 * milliseconds of the process's own clock.
 */
export interface KnownKeys {
  /** Goes up at every `forget` and `doubtAll`. */
  readonly generation: number;
  /** A key that needs no look-up. */
  fresh(digest: PackedDigest): ApiKey | undefined;
  /** A key that may be used while the store does not answer. */
  stale(digest: PackedDigest): ApiKey | undefined;
  /** The same, through Keyv. */
  find(digest: PackedDigest): Promise<CachedKey | undefined>;
  /**
   * @param freshMs for how long it needs no look-up
   * @param generation in which its look-up began; the key is not kept if another has begun since
   * @returns the key as it is kept
   */
  keep(digest: PackedDigest, key: ApiKey, freshMs: number, generation: number): Promise<ApiKey>;
  /** For a key that the store does not have; a change goes to `forget`. */
  remove(digest: PackedDigest): Promise<void>;
  /** Takes effect immediately: what was read before is no longer kept. @returns the digests of the keys that were here */
  forget(change: Change): PackedDigest[];
  list(): KnownKey[];
  /** Every key has to be looked up again; what was read before is no longer kept. */
  doubtAll(): void;
  removeOutlived(): void;
}

/**
 * @param staleMs for how long a key that is no longer fresh may be used while the store does not answer
 * @param clock a clock that is never set back
 */
export function createKnownKeys(maxKeys: number, staleMs: number, clock: Clock): KnownKeys {
  const keys = new LRUCache<PackedDigest, CachedKey>({ max: maxKeys });
  const common = createInterned();
  let generation = 0;

  /** Keyv accepts any object with these methods as a store. `keys` is also used directly, by callers that must not wait. */
  const store = {
    get(digest: PackedDigest): { value: Reading; expires: number } | undefined {
      const key = keys.get(digest);
      if (key === undefined) return undefined;
      // Keyv compares with the date, which may be set back: so the remaining time is taken from our own clock.
      const restMs = key.freshUntil + staleMs - clock.now();
      return { value: { key, generation }, expires: Date.now() + restMs };
    },
    /** @param ttlMs for how long the key may be used, fresh or stale; absent if it may not be used at all */
    set(digest: PackedDigest, { value }: { readonly value: Reading }, ttlMs?: number): boolean {
      // A change that arrived while the write waited overrides it.
      if (value.generation !== generation || ttlMs === undefined) return false;
      value.key.freshUntil = clock.now() + ttlMs - staleMs;
      keys.set(digest, value.key);
      return true;
    },
    delete: (digest: PackedDigest) => keys.delete(digest),
    clear: () => keys.clear(),
  };
  const keyv = new Keyv<Reading>({ store, useKeyPrefix: false });
  // Values in memory need no serializing.
  keyv.serialize = undefined;
  keyv.deserialize = undefined;

  const isUsable = ({ freshUntil }: CachedKey) => clock.now() < freshUntil + staleMs;

  function digestsOf(change: Change): PackedDigest[] {
    if (change === EVERYTHING) return [...keys.keys()];
    if (isDigest(change)) return [packDigest(change)].filter((digest) => keys.has(digest));
    return [...keys.entries()].filter(([, { id }]) => id === change).map(([digest]) => digest);
  }

  return {
    get generation() {
      return generation;
    },
    fresh(digest) {
      const key = keys.get(digest);
      return key?.isFresh(clock.now()) ? key : undefined;
    },
    stale(digest) {
      const key = keys.get(digest);
      return key !== undefined && isUsable(key) ? key : undefined;
    },
    async find(digest) {
      const reading = await keyv.get(digest);
      if (reading === undefined || reading.generation !== generation) return undefined;
      return isUsable(reading.key) ? reading.key : undefined;
    },
    async keep(digest, key, freshMs, readIn) {
      const kept = new CachedKey(key, common);
      kept.notedAt = keys.peek(digest)?.notedAt ?? 0;
      await keyv.set(digest, { key: kept, generation: readIn }, freshMs + staleMs);
      return kept;
    },
    async remove(digest) {
      await keyv.delete(digest);
    },
    forget(change) {
      generation++;
      const digests = digestsOf(change);
      for (const digest of digests) keys.delete(digest);
      return digests;
    },
    list: () => [...keys.entries()].map(([digest, key]) => new ListedKey(digest, key)),
    doubtAll() {
      generation++;
      const now = clock.now();
      for (const key of keys.values()) key.freshUntil = Math.min(key.freshUntil, now);
    },
    removeOutlived() {
      for (const [digest, key] of keys.entries()) if (!isUsable(key)) keys.delete(digest);
    },
  };
}

/** Decodes the digest only when it is read: a caller that lists all keys looks at few digests at a time. */
class ListedKey implements KnownKey {
  readonly key: ApiKey;
  readonly #digest: PackedDigest;

  constructor(digest: PackedDigest, key: ApiKey) {
    this.key = key;
    this.#digest = digest;
  }

  get digest(): string {
    return unpackDigest(this.#digest);
  }
}
