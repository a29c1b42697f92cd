import type { ApiKey } from '../keys/api-key.ts';
import { digestOf, KEY_ID_LENGTH } from '../keys/key-format.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import type { ApiKeyRow } from './api-key-model.ts';

const DIGEST_PREFIX = 'sha256:';

/** In text order every stored digest is between these two, and no key in clear that a client could present. */
export const DIGESTS_FROM = DIGEST_PREFIX;
export const DIGESTS_TO = 'sha256;';

export function storedDigest(digest: string): string {
  return DIGEST_PREFIX + digest;
}

/** The digest of the key that `api_key` stands for. */
export function toDigest(stored: string): string {
  return stored.startsWith(DIGEST_PREFIX) ? stored.slice(DIGEST_PREFIX.length) : digestOf(stored);
}

export function toApiKey(row: ApiKeyRow & { owner_scopes?: string | null }): ApiKey {
  return {
    id: keyIdOf(row),
    userId: row.user_id,
    scopes: row.scopes,
    validFrom: toDate(row.key_issu_dt),
    expiresAt: toDate(row.key_expr_dt),
    ...(row.revoked_dt && { revokedAt: toDate(row.revoked_dt) }),
    ...(typeof row.owner_scopes === 'string' && { ownerScopes: row.owner_scopes }),
  };
}

export function toKeyRecord(row: ApiKeyRow): KeyRecord {
  return {
    ...toApiKey(row),
    description: row.description ?? '',
    ...(row.last_used_dt && { lastUsedAt: toDate(row.last_used_dt) }),
    ...(row.replaced_by && { replacedBy: row.replaced_by }),
    ...(row.creatd_dt && { createdAt: toDate(row.creatd_dt) }),
    ...(row.creatd_by && { createdBy: row.creatd_by }),
    ...(row.last_updatd_dt && { updatedAt: toDate(row.last_updatd_dt) }),
    ...(row.last_updatd_by && { updatedBy: row.last_updatd_by }),
    isCleartext: !row.api_key.startsWith(DIGEST_PREFIX),
  };
}

/** The id that a key of this digest is given. */
export function keyIdOfDigest(digest: string): string {
  return digest.slice(0, KEY_ID_LENGTH);
}

/**
 * In a table without ids, the id of a key is the beginning of its digest. A key in clear may be a short word that its digest would
 * give away, so its id is the beginning of a digest of its owner's name.
 */
function keyIdOf(row: ApiKeyRow): string {
  if (row.key_id) return row.key_id;
  return row.api_key.startsWith(DIGEST_PREFIX)
    ? keyIdOfDigest(row.api_key.slice(DIGEST_PREFIX.length))
    : keyIdOfDigest(digestOf(row.user_id));
}

/** A null or unreadable time becomes an invalid date, which fails every check of validity. */
function toDate(value: Date | string | null): Date {
  return new Date(value ?? Number.NaN);
}
