import type { Holder } from './denial.ts';
import type { Policy } from './policy.ts';

/** The holder of a valid credential, and what it may do. */
export interface Principal extends Holder {
  /** When the credential expires; absent if it never does. */
  readonly expiresAt?: Date;
  /** The text of the scopes, as the credential has it. */
  readonly scopes: string;
  readonly policy: Policy;
}
