import type Keyv from 'keyv';
import { z } from 'zod';
import { inTime } from '../in-time.ts';
import type { ApiKey } from './api-key.ts';

/** The keys that all instances share, by digest. Never a fault: a cache that does not answer has nothing. */
export interface SharedKeys {
  find(digest: string): Promise<ApiKey | undefined>;
  keep(digest: string, key: ApiKey): Promise<void>;
  forget(digest: string): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than this, the store is asked instead: its answer comes sooner. */
const TIMEOUT_MS = 200;

const date = z.iso.datetime().transform((text) => new Date(text));

const STORED_KEY = z.object({
  id: z.string(),
  userId: z.string(),
  scopes: z.string(),
  validFrom: date,
  expiresAt: date,
  revokedAt: date.optional(),
  ownerScopes: z.string().optional(),
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
    find: async (digest) => toApiKey(await attempt(keyv.get(digest))),
    keep: async (digest, key) => void (await attempt(keyv.set(digest, key))),
    forget: async (digest) => void (await attempt(keyv.delete(digest))),
    clear: async () => void (await attempt(keyv.clear())),
    close: () => keyv.disconnect(),
  };
}

/** As JSON keeps it: dates are texts. What does not read as a key is not there. */
function toApiKey(stored: unknown): ApiKey | undefined {
  return STORED_KEY.safeParse(stored).data;
}
