import type { ApiKey } from './api-key.ts';

/** What a look-up found. */
export interface FoundKey {
  readonly key: ApiKey;
  /** It was read where changes arrive late: the key is not to be relied on for long. */
  readonly isProvisional?: true;
}

/**
 * Where keys are found, by their SHA-256 in hexadecimal. The key itself goes no further than to who takes its digest. Throws
 * where the store does not answer.
 */
export interface KeySource {
  /** @param address where the key came from, if it is not known yet: its look-up waits for its turn (fair-source.ts) */
  find(digest: string, address?: string): Promise<FoundKey | undefined>;
}
