import { KeyProblem } from '../keys/key-problem.ts';
import type { NewApiKey } from '../keys/key-store.ts';
import type { ApiKeyRow } from './api-key-model.ts';
import { keyIdOfDigest, storedDigest } from './stored-key.ts';
import { checkName, checkText, MOST_CHARACTERS } from './stored-text.ts';

/** Throws KeyProblem if the database would not return a text as it was written, or if the key would never be valid. */
export function toNewRow(key: NewApiKey, digest: string, now: Date): ApiKeyRow {
  const by = checkName('name of who issues the key', key.issuedBy);
  if (!(key.validFrom < key.expiresAt))
    throw new KeyProblem('invalid', 'The key would expire before it becomes valid.');
  return {
    key_id: keyIdOfDigest(digest),
    user_id: checkName('user name', key.userId),
    scopes: checkText('scopes', key.scopes, MOST_CHARACTERS.scopes),
    api_key: storedDigest(digest),
    description: checkText('description', key.description ?? '', MOST_CHARACTERS.description),
    key_issu_dt: key.validFrom,
    key_expr_dt: key.expiresAt,
    creatd_dt: now,
    last_updatd_dt: now,
    creatd_by: by,
    last_updatd_by: by,
  };
}
