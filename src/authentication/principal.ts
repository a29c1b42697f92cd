import type { Policy } from '../authorization/policy.ts';

/** Who asks, and what they may do. */
export interface Principal {
  readonly userId: string;
  readonly keyId: string;
  /** The text of the scopes, as the key has it. */
  readonly scopes: string;
  readonly policy: Policy;
}

/** Who everyone without a credential is while ALLOW_PUBLIC_ACCESS is true. */
export const ANONYMOUS: Principal = {
  userId: 'anonymous',
  keyId: 'none',
  scopes: '*',
  policy: { grants: [{ grants: [{ pattern: '*', conditions: [] }], excludes: [] }], denials: [], paths: [], roles: [] },
};
