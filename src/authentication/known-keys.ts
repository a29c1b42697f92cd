import { LRUCache } from 'lru-cache';
import type { ApiKey } from './api-key.ts';
import { CachedKey } from './cached-key.ts';
import { type Change, EVERYTHING, type KnownKey } from './invalidation-channel.ts';
import { isDigest } from './key-format.ts';

/** Many keys have the same scopes. */
const MOST_TEXTS = 10_000;

/** The keys in this process's memory, by digest. Times are milliseconds, of the process's own clock. */
export interface KnownKeys {
  /** A key that needs no asking. */
  fresh(digest: string): ApiKey | undefined;
  /** A key that may be used while nobody can be asked. */
  stale(digest: string): ApiKey | undefined;
  /**
   * @param freshMs for how long it needs no asking
   * @returns the key as it is kept
   */
  remember(digest: string, key: ApiKey, freshMs: number): ApiKey;
  /** @returns the digests of the keys that were here */
  forget(change: Change): string[];
  list(): KnownKey[];
  /** Every key has to be asked for again. */
  doubtAll(): void;
  removeOutlived(): void;
}

/** @param staleMs for how long a key that is not fresh any more may be used while nobody can be asked */
export function createKnownKeys(maxKeys: number, staleMs: number): KnownKeys {
  const keys = new LRUCache<string, CachedKey>({ max: maxKeys });
  const texts = new LRUCache<string, string>({ max: MOST_TEXTS });

  function share(text: string): string {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  }

  function digestsOf(change: Change): string[] {
    if (change === EVERYTHING) return [...keys.keys()];
    if (isDigest(change)) return keys.has(change) ? [change] : [];
    return [...keys.entries()].filter(([, { id }]) => id === change).map(([digest]) => digest);
  }

  return {
    fresh(digest) {
      const key = keys.get(digest);
      return key !== undefined && performance.now() < key.freshUntil ? key : undefined;
    },
    stale(digest) {
      const key = keys.get(digest);
      return key !== undefined && performance.now() < key.freshUntil + staleMs ? key : undefined;
    },
    remember(digest, key, freshMs) {
      const kept = new CachedKey(key, performance.now() + freshMs, share);
      keys.set(digest, kept);
      return kept;
    },
    forget(change) {
      const digests = digestsOf(change);
      for (const digest of digests) keys.delete(digest);
      return digests;
    },
    list: () => [...keys.entries()].map(([digest, key]) => ({ digest, key })),
    doubtAll() {
      const now = Math.trunc(performance.now());
      for (const key of keys.values()) key.freshUntil = Math.min(key.freshUntil, now);
    },
    removeOutlived() {
      const now = performance.now();
      for (const [digest, { freshUntil }] of keys.entries()) if (freshUntil + staleMs <= now) keys.delete(digest);
    },
  };
}
