import { Op, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { ApiKey } from '../keys/api-key.ts';
import { isKeyId } from '../keys/key-format.ts';
import { KeyProblem, unknownId } from '../keys/key-problem.ts';
import type { KeySource } from '../keys/key-source.ts';
import type { ApiKeyStore, NewApiKey } from '../keys/key-store.ts';
import { defineAccountModel } from './account-model.ts';
import { type ApiKeyRow, defineApiKeyModel } from './api-key-model.ts';
import { hasDigest, queryByDigest, replaceDigests } from './digest-sql.ts';
import { createLayoutCheck, KEYS_TABLE } from './layout.ts';
import { readLegacyRow, revokeLegacy } from './legacy-keys.ts';
import { listCurrent, listLegacy } from './list-keys.ts';
import { toNewRow } from './new-key.ts';
import { readScopesWithDenials } from './scopes-with-denials.ts';
import { DIGESTS_FROM, DIGESTS_TO, keyIdOfDigest, toApiKey, toDigest, toKeyRecord } from './stored-key.ts';

/** @param finder looks keys up, which is most of the store's work */
export function createApiKeyStore(sequelize: Sequelize, finder: KeySource): ApiKeyStore {
  const { current, legacy } = defineApiKeyModel(sequelize);
  const accounts = defineAccountModel(sequelize);
  const { isCurrent, requireCurrent } = createLayoutCheck(sequelize);

  async function change<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    await requireCurrent();
    return sequelize.transaction(work);
  }

  async function insertRow(key: NewApiKey, digest: string, transaction: Transaction): Promise<ApiKey> {
    const row = toNewRow(key, digest, new Date());
    await current.create(row, { transaction });
    return toApiKey(row);
  }

  /** The account's row stays locked until the transaction ends: of two keys issued at the same time, the second sees the first. */
  async function checkOnlyKey(userId: string, now: Date, transaction: Transaction): Promise<void> {
    const account = await accounts.findOne({ where: { user_id: userId }, lock: true, transaction });
    if (account?.get().kind !== 'service_account') return;
    const where = { user_id: userId, revoked_dt: null, replaced_by: null, key_expr_dt: { [Op.gt]: now } };
    const row = await current.findOne({ where, transaction });
    if (row === null) return;
    const id = row.get().key_id;
    throw new KeyProblem('conflict', `The service account ${userId} has its one key, ${id}: rotate or revoke that.`);
  }

  async function readRow(id: string, transaction?: Transaction): Promise<ApiKeyRow> {
    // People paste the key itself instead of its id: a text that may be a key must not stand in a statement.
    const isId = isKeyId(id) ? { key_id: id } : hasDigest(sequelize, 'key_id', id);
    const row = await current.findOne({ where: isId, ...(transaction && { transaction }) });
    if (row === null || row.get().key_id !== id) throw unknownId();
    return row.get();
  }

  return {
    find: finder.find,
    async isEmpty() {
      return (await legacy.findOne({ attributes: ['user_id'] })) === null;
    },
    async countCleartext() {
      // The index serves this if text is ordered by its bytes. An older table is small, and may be ordered by a language.
      const isCleartext = (await isCurrent())
        ? { [Op.or]: [{ [Op.lt]: DIGESTS_FROM }, { [Op.gte]: DIGESTS_TO }] }
        : { [Op.notLike]: `${DIGESTS_FROM}%` };
      return legacy.count({ where: { api_key: isCleartext } });
    },
    scopesWithDenials: (now) => readScopesWithDenials(legacy, now),
    async list(filter, now) {
      return (await isCurrent()) ? listCurrent(current, filter, now) : listLegacy(legacy, filter, now);
    },
    async get(id) {
      return toKeyRecord((await isCurrent()) ? await readRow(id) : await readLegacyRow(legacy, id));
    },
    insert: (key, digest) =>
      change(async (transaction) => {
        await checkOnlyKey(key.userId, new Date(), transaction);
        return insertRow(key, digest, transaction);
      }),
    insertMissing: (keys) =>
      change(async (transaction) => {
        const rows = await sequelize.query<{ api_key: string }>(
          queryByDigest(sequelize, `SELECT api_key FROM ${KEYS_TABLE}`),
          { replacements: replaceDigests(keys.map(({ digest }) => digest)), type: QueryTypes.SELECT, transaction },
        );
        const known = new Set(rows.map((row) => toDigest(row.api_key)));
        const missing = keys.filter(({ digest }) => !known.has(digest));
        const now = new Date();
        for (const key of missing) {
          // An expired key is history, and does not count as a second key.
          if (key.expiresAt > now) await checkOnlyKey(key.userId, now, transaction);
          await insertRow(key, key.digest, transaction);
        }
        return missing.length;
      }),
    async ownerScopes(userId) {
      if (!(await isCurrent())) return undefined;
      return (await accounts.findOne({ where: { user_id: userId } }))?.get().scopes ?? undefined;
    },
    rotate: (id, { now, oldEndsAt, expiresAt, rotatedBy }, digest) =>
      change(async (transaction) => {
        const successor = keyIdOfDigest(digest);
        const claim = { replaced_by: successor, last_updatd_dt: now, last_updatd_by: rotatedBy };
        const isWhole = { replaced_by: null, revoked_dt: null, key_expr_dt: { [Op.gt]: now } };
        // The claim comes first: of two rotations at the same time, the second waits here, and then finds the key replaced.
        const [claimed] = await current.update(claim, { where: { key_id: id, ...isWhole }, transaction });
        const old = await readRow(id, transaction);
        if (claimed === 0) throw notRotatable(old);
        if (oldEndsAt < old.key_expr_dt) {
          await current.update({ key_expr_dt: oldEndsAt }, { where: { key_id: id }, transaction });
        }
        const { user_id: userId, scopes, description = '' } = old;
        const key = { userId, scopes, description, validFrom: now, expiresAt, issuedBy: rotatedBy };
        return insertRow(key, digest, transaction);
      }),
    async revoke(id, now, revokedBy) {
      if (!(await isCurrent())) return revokeLegacy(sequelize, legacy, id, now);
      return change(async (transaction) => {
        const row = await readRow(id, transaction);
        if (row.revoked_dt) return toKeyRecord(row);
        const end = row.key_expr_dt < now ? row.key_expr_dt : now;
        // The expiry moves too, for readers that do not know revocation, such as the service that this one replaces.
        const revocation = { revoked_dt: now, key_expr_dt: end, last_updatd_dt: now, last_updatd_by: revokedBy };
        await current.update(revocation, { where: { key_id: id }, transaction });
        return toKeyRecord({ ...row, ...revocation });
      });
    },
    async markUsed(ids, now, unless) {
      if (ids.length === 0 || !(await isCurrent())) return;
      const isDue = { [Op.or]: [{ last_used_dt: null }, { last_used_dt: { [Op.lt]: unless } }] };
      await sequelize.transaction((transaction) =>
        current.update({ last_used_dt: now }, { where: { key_id: [...ids], ...isDue }, transaction }),
      );
    },
  };
}

function notRotatable(row: ApiKeyRow): KeyProblem {
  const why = row.replaced_by
    ? `was rotated already, by ${row.last_updatd_by}, and ${row.replaced_by} took its place`
    : row.revoked_dt
      ? 'is revoked'
      : 'has expired';
  return new KeyProblem('conflict', `The key ${row.key_id} ${why}.`);
}
