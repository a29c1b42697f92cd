import { checkValidity } from './api-key.ts';
import type { KeyRecord } from './key-record.ts';

export const KEY_STATES = ['valid', 'in grace', 'not yet', 'expired', 'revoked'] as const;
type KeyState = (typeof KEY_STATES)[number];

/** The state in words. A key is in grace while it stays valid after another key has replaced it. */
export function keyState(key: KeyRecord, now: Date): KeyState {
  switch (checkValidity(key, now.getTime())?.reason) {
    case undefined:
      return key.replacedBy === undefined ? 'valid' : 'in grace';
    case 'revoked_key':
      return 'revoked';
    case 'not_yet_valid_key':
      return 'not yet';
    default:
      return 'expired';
  }
}
