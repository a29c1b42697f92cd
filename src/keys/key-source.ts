import type { ApiKey } from './api-key.ts';

/** What a look-up found. */
export interface FoundKey {
  readonly key: ApiKey;
  /** Set if changes arrive late where the key was read; the answer must not be trusted for long. */
  readonly isProvisional?: true;
}

/**
 * Finds keys by their SHA-256 in hexadecimal. The key itself goes no further than the code that computes its digest. Throws if
 * the store does not answer.
 */
export interface KeySource {
  /** @param address where the key came from, if it is not known yet: its look-up waits for its turn (fair-source.ts) */
  find(digest: string, address?: string): Promise<FoundKey | undefined>;
}
