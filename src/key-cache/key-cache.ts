import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../keys/api-key.ts';
import { type PackedDigest, packDigest } from '../keys/key-format.ts';
import type { KeySource } from '../keys/key-source.ts';
import { CrowdedError } from './fair-source.ts';
import { type Change, EVERYTHING } from './invalidation-channel.ts';
import type { KeyCacheOptions } from './key-cache-options.ts';
import { createKnownKeys } from './known-keys.ts';
import { createSettling } from './settling.ts';
import { SETTLING_MS, STORE_RETRY_MS, UNKNOWN_MS, UNSETTLED_MS } from './times.ts';

export interface Eviction {
  /** Whether it was known here. */
  readonly wasKnown: boolean;
  /** Whether the other instances could be notified. */
  readonly isTold: boolean;
}

export interface KeyCache {
  /** A key in memory that needs no look-up. */
  peek(digest: PackedDigest): ApiKey | undefined;
  /**
   * Looks in memory, then in the shared cache, then in the store. Rejects if the store cannot be asked and no stale key is left.
   *
   * @param address where the key came from, if it is not known yet: its look-up waits for its turn (fair-source.ts)
   */
  find(digest: string, address?: string): Promise<ApiKey | undefined>;
  /** Whether the key was found before and may still be used, fresh or stale. */
  knows(digest: string): boolean;
  /** Forgets everything, on every instance. @returns whether the others could be notified */
  reset(): Promise<boolean>;
  /** Forgets one key by its id or digest, on every instance. */
  evict(idOrDigest: string): Promise<Eviction>;
  close(): Promise<void>;
}

const MOST_UNKNOWN = 10_000;

/**
 * Keeps what the source answered, under the digest of the key: in memory, and in the cache that all instances share. Whether a key
 * is valid is checked at every decision. Callers that need the same unknown key at the same time wait for one look-up.
 */
export function createKeyCache(source: KeySource, options: KeyCacheOptions): KeyCache {
  const { channels = [], shared, observe = () => {}, onChannel = () => {} } = options;
  const { settlingMs = SETTLING_MS, clock = performance } = options;
  const ttl = options.ttl * 1000;
  const known = createKnownKeys(options.maxKeys, (options.staleIfError ?? 0) * 1000, clock);
  const unknown = new LRUCache<string, true>({ max: MOST_UNKNOWN, ttl: UNKNOWN_MS, ttlResolution: 0, perf: clock });
  const pending = new Map<string, Promise<ApiKey | undefined>>();
  const settling = createSettling(channels, { settlingMs, clock });
  const sweep = setInterval(known.removeOutlived, options.checkPeriod * 1000).unref();
  let askStoreFrom = 0;

  async function ask(digest: string, address?: string): Promise<ApiKey | undefined> {
    const startedIn = known.generation;
    const { found: sharedKey, epoch } = (settling.isSettled() ? await shared?.find(digest) : undefined) ?? {};
    const found = sharedKey === undefined ? await source.find(digest, address) : undefined;
    const key = (sharedKey ?? found)?.key;
    observe(sharedKey !== undefined ? 'shared' : key !== undefined ? 'store' : 'nowhere');
    // An answer that was read before a change may be out of date.
    if (startedIn !== known.generation) return key;
    if (key === undefined) {
      unknown.set(digest, true);
      await known.remove(packDigest(digest));
      return undefined;
    }
    const isLasting = settling.isSettled() && !found?.isProvisional;
    const freshMs = Math.min(ttl, isLasting ? (sharedKey?.restMs ?? ttl) : UNSETTLED_MS);
    const kept = await known.keep(packDigest(digest), key, freshMs, startedIn);
    if (isLasting && sharedKey === undefined && epoch !== undefined && ttl > 0) await shared?.keep(digest, key, epoch);
    return kept;
  }

  async function load(digest: string, address?: string): Promise<ApiKey | undefined> {
    const packed = packDigest(digest);
    const held = await known.find(packed);
    if (held?.isFresh(clock.now())) {
      observe('memory');
      return held;
    }
    if (held !== undefined && clock.now() < askStoreFrom) {
      observe('stale');
      return held;
    }
    try {
      return await ask(digest, address);
    } catch (error) {
      // A crowd is not a fault of the store. If it counted as one, strangers could keep changes of known keys from being noticed.
      if (!(error instanceof CrowdedError)) askStoreFrom = clock.now() + STORE_RETRY_MS;
      const usable = await known.find(packed);
      if (usable === undefined) throw error;
      observe('stale');
      return usable;
    }
  }

  function loadOnce(digest: string, address?: string): Promise<ApiKey | undefined> {
    const running = pending.get(digest);
    if (running !== undefined) return running;
    const loading = load(digest, address).finally(() => {
      if (pending.get(digest) === loading) pending.delete(digest);
    });
    pending.set(digest, loading);
    return loading;
  }

  /** Later callers do not join a look-up that began before. */
  function dropPending(): void {
    pending.clear();
    unknown.clear();
  }

  async function forget(change: Change): Promise<boolean> {
    dropPending();
    settling.changed();
    const forgotten = known.forget(change);
    await shared?.forgetAll();
    return forgotten.length > 0;
  }

  /** One channel is enough: an instance that has lost it knows so, and looks its keys up again and again. */
  async function publish(change: Change): Promise<boolean> {
    const told = await Promise.allSettled(channels.map((channel) => channel.publish(change)));
    return told.length === 0 || told.some((result) => result.status === 'fulfilled');
  }

  for (const channel of channels) {
    channel.listen({
      known: known.list,
      changed: (change) => void forget(change),
      opened() {
        dropPending();
        settling.opened(channel);
        known.doubtAll();
        onChannel(channel.name, true);
        // There may have been no instance that noticed the changes until now.
        void shared?.forgetAll();
      },
      lost() {
        dropPending();
        settling.lost(channel);
        known.doubtAll();
        onChannel(channel.name, false);
      },
    });
  }

  return {
    peek(digest) {
      const key = known.fresh(digest);
      if (key !== undefined) observe('memory');
      return key;
    },
    knows: (digest) => known.stale(packDigest(digest)) !== undefined,
    async find(digest, address) {
      if (!unknown.has(digest)) return loadOnce(digest, address);
      observe('nowhere');
      return undefined;
    },
    async reset() {
      await forget(EVERYTHING);
      return publish(EVERYTHING);
    },
    async evict(idOrDigest) {
      const wasKnown = await forget(idOrDigest);
      return { wasKnown, isTold: await publish(idOrDigest) };
    },
    async close() {
      clearInterval(sweep);
      await Promise.all([...channels, ...(shared === undefined ? [] : [shared])].map((each) => each.close()));
    },
  };
}
