import type { Policy } from './policy.ts';

/** Who asks, and what they may do. */
export interface Principal {
  readonly userId: string;
  readonly keyId: string;
  /** The text of the scopes, as the key has it. */
  readonly scopes: string;
  readonly policy: Policy;
}
