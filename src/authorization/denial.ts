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

/** The user who presented a credential, and which one. */
export interface Holder {
  readonly userId: string;
  readonly credential: CredentialId;
}

/** Which credential of a user it was; `none` if requests without one are allowed. */
export interface CredentialId {
  readonly kind: 'key' | 'none';
  /** The public id of a key. */
  readonly id: string;
}

/** A refusal, as a value. A refusal is never thrown; an exception is a fault. */
export interface Denial {
  readonly outcome: 'deny';
  readonly reason: ReasonCode;
  /** One line for the person who is refused: what happened, which header or setting it concerns, what to do. Never a secret. */
  readonly message: string;
  /** Seconds after which it is worth trying again. */
  readonly retryAfter?: number;
  /** The holder of a known key that is not valid. Only the audit trail may show it. */
  readonly holder?: Holder;
}

export function deny(reason: ReasonCode, message: string): Denial {
  return { outcome: 'deny', reason, message };
}

export function isDenial(value: object): value is Denial {
  return 'outcome' in value && value.outcome === 'deny';
}
