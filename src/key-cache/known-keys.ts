import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../keys/api-key.ts';
import { isDigest, type PackedDigest, packDigest, unpackDigest } from '../keys/key-format.ts';
import type { Clock } from '../time/clock.ts';
import { CachedKey } from './cached-key.ts';
import { createInterned } from './interned.ts';
import { type Change, EVERYTHING, type KnownKey } from './invalidation-channel.ts';

/** A key, and the generation in which it was read: what was read before a change may be what the change ended. */
interface Reading {
  readonly key: CachedKey;
  readonly generation: number;
}

/**
 * The keys in this process's memory, by digest: a Keyv before a store that can also be read, and emptied, at once. Times are
 * milliseconds, of the process's own clock.
 */
export interface KnownKeys {
  /** Another one after every change that was told. */
  readonly generation: number;
  /** A key that needs no asking. */
  fresh(digest: PackedDigest): ApiKey | undefined;
  /** A key that may be used while nobody can be asked. */
  stale(digest: PackedDigest): ApiKey | undefined;
  /** The same, through Keyv. */
  find(digest: PackedDigest): Promise<CachedKey | undefined>;
  /**
   * @param freshMs for how long it needs no asking
   * @param generation in which it was asked for; it is not kept once another has begun
   * @returns the key as it is kept
   */
  keep(digest: PackedDigest, key: ApiKey, freshMs: number, generation: number): Promise<ApiKey>;
  /** For one that there is not; a change is told to `forget`. */
  remove(digest: PackedDigest): Promise<void>;
  /** At once, and what was read before is not kept any more. @returns the digests of the keys that were here */
  forget(change: Change): PackedDigest[];
  list(): KnownKey[];
  /** Every key has to be asked for again, also what was read before. */
  doubtAll(): void;
  removeOutlived(): void;
}

/**
 * @param staleMs for how long a key that is not fresh any more may be used while nobody can be asked
 * @param clock one that is never set back
 */
export function createKnownKeys(maxKeys: number, staleMs: number, clock: Clock): KnownKeys {
  const keys = new LRUCache<PackedDigest, CachedKey>({ max: maxKeys });
  const common = createInterned();
  let generation = 0;

  /** Keyv takes whatever has these methods for a store; they are read and emptied beside it, where nothing may wait. */
  const store = {
    get(digest: PackedDigest): { value: Reading; expires: number } | undefined {
      const key = keys.get(digest);
      if (key === undefined) return undefined;
      // Keyv goes by the date, which may be set back: it is told what is left by our own clock.
      const restMs = key.freshUntil + staleMs - clock.now();
      return { value: { key, generation }, expires: Date.now() + restMs };
    },
    /** @param ttlMs as Keyv counts it: for how long the key may be used at all; nothing for a key that may not */
    set(digest: PackedDigest, { value }: { readonly value: Reading }, ttlMs?: number): boolean {
      // A change that was told while the write waited has the last word.
      if (value.generation !== generation || ttlMs === undefined) return false;
      value.key.freshUntil = clock.now() + ttlMs - staleMs;
      keys.set(digest, value.key);
      return true;
    },
    delete: (digest: PackedDigest) => keys.delete(digest),
    clear: () => keys.clear(),
  };
  const keyv = new Keyv<Reading>({ store, useKeyPrefix: false });
  // What is in memory is kept as it is.
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

/** Who asks for all keys reads the digests of few at a time. */
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
