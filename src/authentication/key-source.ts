import type { ApiKey } from './api-key.ts';

/** A presented key and its digest, taken once per request. */
export interface PresentedKey {
  readonly secret: string;
  readonly digest: string;
}

/** Where keys are found: the store, or the cache in front of it. Throws where the store does not answer. */
export interface KeySource {
  find(presented: PresentedKey): Promise<ApiKey | undefined>;
}
