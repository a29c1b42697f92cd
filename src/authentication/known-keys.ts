import { LRUCache } from 'lru-cache';
import type { ApiKey } from './api-key.ts';
import { type Change, EVERYTHING, type KnownKey } from './invalidation-channel.ts';
import { isDigest } from './key-format.ts';

interface Entry {
  readonly key: ApiKey;
  freshUntil: number;
  staleUntil: number;
}

/** The keys in this process's memory, by digest. Times are milliseconds, of the process's own clock. */
export interface KnownKeys {
  /** A key that needs no asking. */
  fresh(digest: string): ApiKey | undefined;
  /** A key that may be used while nobody can be asked. */
  stale(digest: string): ApiKey | undefined;
  /** @param freshMs for how long it needs no asking */
  remember(digest: string, key: ApiKey, freshMs: number): void;
  /** @returns the digests of the keys that were here */
  forget(change: Change): string[];
  list(): KnownKey[];
  /** Every key has to be asked for again. */
  doubtAll(): void;
  removeOutlived(): void;
}

/** @param staleMs for how long a key that is not fresh any more may be used while nobody can be asked */
export function createKnownKeys(maxKeys: number, staleMs: number): KnownKeys {
  const entries = new LRUCache<string, Entry>({ max: maxKeys });

  function digestsOf(change: Change): string[] {
    if (change === EVERYTHING) return [...entries.keys()];
    if (isDigest(change)) return entries.has(change) ? [change] : [];
    return [...entries.entries()].filter(([, { key }]) => key.id === change).map(([digest]) => digest);
  }

  return {
    fresh(digest) {
      const entry = entries.get(digest);
      return entry !== undefined && performance.now() < entry.freshUntil ? entry.key : undefined;
    },
    stale(digest) {
      const entry = entries.get(digest);
      return entry !== undefined && performance.now() < entry.staleUntil ? entry.key : undefined;
    },
    remember(digest, key, freshMs) {
      const freshUntil = performance.now() + freshMs;
      entries.set(digest, { key, freshUntil, staleUntil: freshUntil + staleMs });
    },
    forget(change) {
      const digests = digestsOf(change);
      for (const digest of digests) entries.delete(digest);
      return digests;
    },
    list: () => [...entries.entries()].map(([digest, { key }]) => ({ digest, key })),
    doubtAll() {
      const now = performance.now();
      for (const entry of entries.values()) {
        entry.freshUntil = Math.min(entry.freshUntil, now);
        entry.staleUntil = Math.min(entry.staleUntil, entry.freshUntil + staleMs);
      }
    },
    removeOutlived() {
      const now = performance.now();
      for (const [digest, { staleUntil }] of entries.entries()) if (staleUntil <= now) entries.delete(digest);
    },
  };
}
