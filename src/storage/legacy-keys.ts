import { Op, type Sequelize } from 'sequelize';
import { unknownId } from '../keys/key-problem.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import type { ApiKeyRow, RowModel } from './api-key-model.ts';
import { hasDigest } from './digest-sql.ts';
import { toApiKey, toKeyRecord } from './stored-key.ts';

/** Finds the row by the id that is derived from it (stored-key.ts). */
export async function readLegacyRow(legacy: RowModel, id: string): Promise<ApiKeyRow> {
  const rows = (await legacy.findAll()).map((row) => row.get());
  const [row, ...others] = rows.filter((candidate) => candidate.api_key && toApiKey(candidate).id === id);
  if (row === undefined || others.length > 0) throw unknownId();
  return row;
}

export async function revokeLegacy(sequelize: Sequelize, legacy: RowModel, id: string, now: Date): Promise<KeyRecord> {
  const row = await readLegacyRow(legacy, id);
  const end = row.key_expr_dt < now ? row.key_expr_dt : now;
  const isKey = hasDigest(sequelize, 'api_key', row.api_key);
  await sequelize.transaction((transaction) =>
    // The time of issue is written again unchanged: an old MySQL would set the first `timestamp` column to now.
    legacy.update(
      { key_expr_dt: end, key_issu_dt: row.key_issu_dt },
      { where: { user_id: row.user_id, [Op.and]: [isKey] }, transaction },
    ),
  );
  return toKeyRecord({ ...row, key_expr_dt: end });
}
