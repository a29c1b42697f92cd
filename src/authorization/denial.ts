/** Why a request was refused; the codes are part of the contract with nginx, people and dashboards. */
export type ReasonCode =
  | 'missing_credential'
  | 'malformed_credential'
  | 'unknown_key'
  | 'expired_key'
  | 'not_yet_valid_key'
  | 'revoked_key'
  | 'insufficient_scope'
  | 'unreadable_request'
  | 'ambiguous_path'
  | 'unsupported_request'
  | 'too_many_failures'
  | 'store_unavailable';

/** Whose key it was. */
export interface Holder {
  readonly userId: string;
  readonly credential: CredentialId;
}

/** Which credential of a user it was; `none` if anyone may ask without one. */
export interface CredentialId {
  readonly kind: 'key' | 'none';
  /** Of a key, its public id. */
  readonly id: string;
}

/** A refusal, as a value: what is refused never throws, what throws is a fault. */
export interface Denial {
  readonly outcome: 'deny';
  readonly reason: ReasonCode;
  /** One line for the person who is refused: what happened, which header or setting it concerns, what to do. Never a secret. */
  readonly message: string;
  /** Seconds after which it is worth trying again. */
  readonly retryAfter?: number;
  /** Of a key that is known and not valid: for the audit trail, and for nobody else. */
  readonly holder?: Holder;
}

export function deny(reason: ReasonCode, message: string): Denial {
  return { outcome: 'deny', reason, message };
}

export function isDenial(value: object): value is Denial {
  return 'outcome' in value && value.outcome === 'deny';
}
