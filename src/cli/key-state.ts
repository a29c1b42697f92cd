import { checkValidity } from '../authentication/api-key.ts';
import type { KeyRecord } from '../storage/stored-key.ts';

/** One word for people. */
export function keyState(key: KeyRecord, now: Date): string {
  const reason = checkValidity(key, now.getTime())?.reason;
  if (reason === undefined) return key.replacedBy === undefined ? 'valid' : 'in grace';
  return { revoked_key: 'revoked', expired_key: 'expired', not_yet_valid_key: 'not yet' }[reason as string] ?? reason;
}
