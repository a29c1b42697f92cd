import { Op } from 'sequelize';
import type { ApiKey } from '../authentication/api-key.ts';
import { digestOf } from '../authentication/key-format.ts';
import type { KeySource, PresentedKey } from '../authentication/key-source.ts';
import type { ApiKeyModel, ApiKeyRow } from './api-key-model.ts';

export interface NewApiKey {
  readonly userId: string;
  readonly scopes: string;
  readonly validFrom: Date;
  readonly expiresAt: Date;
  /** Who issues it, for the `creatd_by` column. */
  readonly issuedBy: string;
}

export interface ApiKeyStore extends KeySource {
  isEmpty(): Promise<boolean>;
  /** Every key, in the order of users and of issue. */
  list(): Promise<ApiKey[]>;
  /** @param digest of the key; the key itself is never stored */
  insert(key: NewApiKey, digest: string): Promise<ApiKey>;
  /** Ends a key now. @returns it, or undefined where no key has that id */
  revoke(id: string, now: Date, revokedBy: string): Promise<ApiKey | undefined>;
}

const DIGEST_PREFIX = 'sha256:';

export function createApiKeyStore(model: ApiKeyModel): ApiKeyStore {
  async function readAll(): Promise<ApiKeyRow[]> {
    const rows = await model.findAll({ order: ['user_id', 'key_issu_dt'] });
    return rows.map((row) => row.get());
  }

  return {
    async find(presented) {
      const rows = await model.findAll({ where: { api_key: { [Op.in]: storedForms(presented) } } });
      return toOnlyKey(rows.map((row) => row.get()).filter((row) => storedForms(presented).includes(row.api_key)));
    },
    async isEmpty() {
      return (await model.count()) === 0;
    },
    async list() {
      return (await readAll()).map(toApiKey);
    },
    async insert(key, digest) {
      const now = new Date();
      const row: ApiKeyRow = {
        user_id: key.userId,
        scopes: key.scopes,
        api_key: DIGEST_PREFIX + digest,
        key_issu_dt: key.validFrom,
        key_expr_dt: key.expiresAt,
        creatd_dt: now,
        last_updatd_dt: now,
        creatd_by: key.issuedBy,
        last_updatd_by: key.issuedBy,
      };
      await model.create(row);
      return toApiKey(row);
    },
    async revoke(id, now, revokedBy) {
      const row = (await readAll()).find((candidate) => toApiKey(candidate).id === id);
      if (row === undefined) return undefined;
      const end = row.key_expr_dt < now ? row.key_expr_dt : now;
      await model.update(
        { key_expr_dt: end, last_updatd_dt: now, last_updatd_by: revokedBy },
        { where: { api_key: row.api_key } },
      );
      return toApiKey({ ...row, key_expr_dt: end });
    },
  };
}

/**
 * What `api_key` may hold for a presented key, to the letter: the database may compare without case or trailing spaces.
 * A stored digest that is presented as a key is only ever hashed again.
 */
function storedForms({ secret, digest }: PresentedKey): string[] {
  const stored = DIGEST_PREFIX + digest;
  return secret.startsWith(DIGEST_PREFIX) ? [stored] : [stored, secret];
}

/** A key in clear that stands in two rows has two owners: it is nobody's. */
function toOnlyKey(rows: ApiKeyRow[]): ApiKey | undefined {
  const [row, ...others] = rows;
  return row === undefined || others.length > 0 ? undefined : toApiKey(row);
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: keyIdOf(row),
    userId: row.user_id,
    scopes: row.scopes,
    validFrom: new Date(row.key_issu_dt),
    expiresAt: new Date(row.key_expr_dt),
  };
}

/**
 * The beginning of the digest; for a key in clear, which may be a short word that a digest would give away, a digest of
 * its owner and date instead.
 */
function keyIdOf(row: ApiKeyRow): string {
  const text = row.api_key.startsWith(DIGEST_PREFIX)
    ? row.api_key.slice(DIGEST_PREFIX.length)
    : digestOf(`${row.user_id} ${new Date(row.key_issu_dt).getTime()}`);
  return text.slice(0, 16);
}
