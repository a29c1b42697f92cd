import type Keyv from 'keyv';
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

/** As JSON keeps it: dates are texts. */
function toApiKey(stored: unknown): ApiKey | undefined {
  if (typeof stored !== 'object' || stored === null || !('id' in stored) || !('expiresAt' in stored)) return undefined;
  const dates = Object.entries(stored).filter(([name]) => DATES.has(name));
  return { ...stored, ...Object.fromEntries(dates.map(([name, text]) => [name, new Date(String(text))])) } as ApiKey;
}

const DATES = new Set(['validFrom', 'expiresAt', 'revokedAt']);
