import type Keyv from 'keyv';
import { z } from 'zod';
import { inTime } from '../in-time.ts';
import type { ApiKey } from './api-key.ts';

/** A key that some instance has read, and for how long it may be kept from here on. */
export interface SharedKey {
  readonly key: ApiKey;
  /** Milliseconds. */
  readonly restMs: number;
}

/** The keys that all instances share, by digest. Never a fault: a cache that does not answer has nothing. */
export interface SharedKeys {
  find(digest: string): Promise<SharedKey | undefined>;
  keep(digest: string, key: ApiKey): Promise<void>;
  forget(digest: string): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than this, the store is asked instead: its answer comes sooner. */
const TIMEOUT_MS = 200;

const date = z.iso.datetime().transform((text) => new Date(text));

/** As JSON keeps it, with the time at which it ends to be kept: milliseconds since the epoch. */
const STORED_KEY = z.object({
  value: z.object({
    id: z.string(),
    userId: z.string(),
    scopes: z.string(),
    validFrom: date,
    expiresAt: date,
    revokedAt: date.optional(),
    ownerScopes: z.string().optional(),
  }),
  expires: z.number(),
});

/** @param onFault told of every fault of the cache behind */
export function createSharedKeys(keyv: Keyv, onFault: (error: unknown) => void): SharedKeys {
  keyv.on('error', onFault);
  async function attempt<Result>(work: Promise<Result>): Promise<Result | undefined> {
    try {
      return await inTime(TIMEOUT_MS, work);
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  return {
    find: async (digest) => read(await attempt(keyv.getRaw(digest))),
    keep: async (digest, key) => void (await attempt(keyv.set(digest, key))),
    forget: async (digest) => void (await attempt(keyv.delete(digest))),
    clear: async () => void (await attempt(keyv.clear())),
    close: () => keyv.disconnect(),
  };
}

/** What does not read as a key is not there. */
function read(stored: unknown): SharedKey | undefined {
  const { data } = STORED_KEY.safeParse(stored);
  if (data === undefined) return undefined;
  const restMs = data.expires - Date.now();
  return restMs > 0 ? { key: data.value, restMs } : undefined;
}
