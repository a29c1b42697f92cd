import type { ApiKey } from './api-key.ts';

/**
 * Where keys are found, by their SHA-256 in hexadecimal: the store, or the cache in front of it. The key itself goes no further
 * than to who takes its digest. Throws where the store does not answer.
 */
export interface KeySource {
  /** @param address where the key came from, if it is not known yet: its look-up waits for its turn (fair-source.ts) */
  find(digest: string, address?: string): Promise<ApiKey | undefined>;
}
