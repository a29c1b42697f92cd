import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from './api-key.ts';
import type { KeySource, PresentedKey } from './key-source.ts';

export interface KeyCacheOptions {
  /** Seconds for which a key that was found is kept; 0 keeps none. */
  readonly ttl: number;
  /** Seconds between two sweeps of what has outlived its time. */
  readonly checkPeriod: number;
  readonly maxKeys: number;
}

export interface KeyCache extends KeySource {
  /** Forgets everything. */
  reset(): Promise<void>;
  /** Forgets one key by its id or digest. @returns whether it was there */
  evict(idOrDigest: string): Promise<boolean>;
  /** Stops the sweep. */
  close(): void;
}

/**
 * Keeps what the source answered, under the digest of the key. Only found keys are kept: whether they are valid at the
 * time is asked anew at every decision. Callers that miss the same key at once wait for one look-up.
 */
export function createKeyCache(source: KeySource, options: KeyCacheOptions): KeyCache {
  const ttl = options.ttl * 1000;
  const entries = new LRUCache<string, { value: ApiKey }>({ max: options.maxKeys, ttl });
  const cache = new Keyv<ApiKey>({ store: toKeyvStore(entries), useKeyPrefix: false, ttl });
  // Values stay objects: they do not leave this process.
  Object.assign(cache, { serialize: undefined, deserialize: undefined });
  const pending = new Map<string, Promise<ApiKey | undefined>>();
  const sweep = setInterval(() => entries.purgeStale(), options.checkPeriod * 1000).unref();
  let generation = 0;

  async function load(presented: PresentedKey): Promise<ApiKey | undefined> {
    const startedIn = generation;
    const key = await source.find(presented);
    // What was read before a reset or an eviction may be what they were meant to forget.
    if (key !== undefined && startedIn === generation && ttl > 0) await cache.set(presented.digest, key);
    return key;
  }

  function loadOnce(presented: PresentedKey): Promise<ApiKey | undefined> {
    const running = pending.get(presented.digest);
    if (running !== undefined) return running;
    const loading = load(presented).finally(() => pending.delete(presented.digest));
    pending.set(presented.digest, loading);
    return loading;
  }

  return {
    async find(presented) {
      return (await cache.get(presented.digest)) ?? loadOnce(presented);
    },
    async reset() {
      generation++;
      pending.clear();
      await cache.clear();
    },
    async evict(idOrDigest) {
      generation++;
      pending.clear();
      if (await cache.delete(idOrDigest)) return true;
      const digest = [...entries.entries()].find(([, entry]) => entry.value.id === idOrDigest)?.[0];
      return digest !== undefined && cache.delete(digest);
    },
    close: () => clearInterval(sweep),
  };
}

/** Keyv hands its time to live where lru-cache takes options. */
function toKeyvStore<Value extends object>(entries: LRUCache<string, Value>) {
  return {
    get: (key: string) => entries.get(key),
    set: (key: string, value: Value) => entries.set(key, value) === entries,
    delete: (key: string) => entries.delete(key),
    clear: () => entries.clear(),
  };
}
