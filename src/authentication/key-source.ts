import type { ApiKey } from './api-key.ts';

/**
 * Where keys are found, by their SHA-256 in hexadecimal: the store, or the cache in front of it. The key itself goes no further
 * than to who takes its digest. Throws where the store does not answer.
 */
export interface KeySource {
  find(digest: string): Promise<ApiKey | undefined>;
}
