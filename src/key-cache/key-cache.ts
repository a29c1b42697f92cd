import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../keys/api-key.ts';
import { type PackedDigest, packDigest } from '../keys/key-format.ts';
import type { KeySource } from '../keys/key-source.ts';
import { CrowdedError } from './fair-source.ts';
import { type Change, EVERYTHING, type InvalidationChannel } from './invalidation-channel.ts';
import { createKnownKeys } from './known-keys.ts';
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
}

export type Origin = 'memory' | 'shared' | 'store' | 'stale' | 'nowhere';

export interface Eviction {
  /** Whether it was known here. */
  readonly wasKnown: boolean;
  /** Whether the other instances could be told. */
  readonly isTold: boolean;
}

export interface KeyCache extends KeySource {
  /** A key that needs no asking, at once. */
  peek(digest: PackedDigest): ApiKey | undefined;
  /** Whether it was found a while ago, fresh or not. */
  knows(digest: string): boolean;
  /** Forgets everything, on every instance. @returns whether the others could be told */
  reset(): Promise<boolean>;
  /** Forgets one key by its id or digest, on every instance. */
  evict(idOrDigest: string): Promise<Eviction>;
  close(): Promise<void>;
}

const MOST_UNKNOWN = 10_000;
const UNKNOWN_MS = 5_000;
/** While what is read may be overtaken, a key is asked for again so soon that the bound on revocation holds. */
const UNSETTLED_MS = 500;
/** For so long after a change, another instance may yet share, and a replica show, what was before. */
const SETTLING_MS = 5_000;
/** After a fault of the store, keys that may be used meanwhile do not wait for it again at once. */
const STORE_RETRY_MS = 1_000;

/**
 * Keeps what the source answered, under the digest of the key: in memory, and in what all instances share. Whether a key
 * is valid at the time is asked anew at every decision. Callers that miss the same key at once wait for one look-up.
 */
export function createKeyCache(source: KeySource, options: KeyCacheOptions): KeyCache {
  const { channels = [], shared, observe = () => {}, onChannel = () => {} } = options;
  const ttl = options.ttl * 1000;
  const known = createKnownKeys(options.maxKeys, (options.staleIfError ?? 0) * 1000);
  const unknown = new LRUCache<string, true>({ max: MOST_UNKNOWN, ttl: UNKNOWN_MS });
  const pending = new Map<string, Promise<ApiKey | undefined>>();
  const silent = new Set(channels);
  const sweep = setInterval(known.removeOutlived, options.checkPeriod * 1000).unref();
  let settledFrom = 0;
  let askStoreFrom = 0;

  /** Word of changes arrives, and the last one lies some time back. */
  const isSettled = () => silent.size === 0 && performance.now() >= settledFrom;

  async function ask(digest: string, address?: string): Promise<ApiKey | undefined> {
    const startedIn = known.generation;
    const { found, epoch } = (isSettled() ? await shared?.find(digest) : undefined) ?? {};
    const key = found?.key ?? (await source.find(digest, address));
    observe(found !== undefined ? 'shared' : key !== undefined ? 'store' : 'nowhere');
    // What was read before a change may be what it was meant to make forgotten.
    if (startedIn !== known.generation) return key;
    if (key === undefined) {
      unknown.set(digest, true);
      await known.remove(packDigest(digest));
      return undefined;
    }
    const isLasting = isSettled() && !key.isProvisional;
    const freshMs = Math.min(ttl, isLasting ? (found?.restMs ?? ttl) : UNSETTLED_MS);
    const kept = await known.keep(packDigest(digest), key, freshMs, startedIn);
    if (isLasting && found === undefined && epoch !== undefined && ttl > 0) await shared?.keep(digest, key, epoch);
    return kept;
  }

  async function load(digest: string, address?: string): Promise<ApiKey | undefined> {
    const packed = packDigest(digest);
    const held = await known.find(packed);
    if (held?.isFresh()) {
      observe('memory');
      return held;
    }
    if (held !== undefined && performance.now() < askStoreFrom) {
      observe('stale');
      return held;
    }
    try {
      return await ask(digest, address);
    } catch (error) {
      // A crowd is no fault of the store: strangers could keep changes of known keys from being noticed.
      if (!(error instanceof CrowdedError)) askStoreFrom = performance.now() + STORE_RETRY_MS;
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

  /** Who asks from here on waits for nothing that was asked before. */
  function unsettle(): void {
    pending.clear();
    unknown.clear();
    settledFrom = performance.now() + SETTLING_MS;
  }

  async function forget(change: Change): Promise<boolean> {
    unsettle();
    const forgotten = known.forget(change);
    await shared?.forgetAll();
    return forgotten.length > 0;
  }

  /** One channel is enough: who does not hear on it knows so, and asks for each key again and again. */
  async function publish(change: Change): Promise<boolean> {
    const told = await Promise.allSettled(channels.map((channel) => channel.publish(change)));
    return told.length === 0 || told.some((result) => result.status === 'fulfilled');
  }

  for (const channel of channels) {
    channel.listen({
      known: known.list,
      changed: (change) => void forget(change),
      opened() {
        unsettle();
        known.doubtAll();
        silent.delete(channel);
        onChannel(channel.name, true);
        // Nobody may have been there to hear of what was changed until now.
        void shared?.forgetAll();
      },
      lost() {
        unsettle();
        known.doubtAll();
        silent.add(channel);
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
