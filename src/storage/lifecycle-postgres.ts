import { QueryTypes } from 'sequelize';
import { readSchema } from './db-init.ts';
import { KEYS_TABLE, readColumns } from './layout.ts';
import type { MigrationContext } from './migration-context.ts';

/** Ids of existing rows: the same that the service shows for them before the migration. */
const ID_OF_ROW = `CASE WHEN api_key LIKE 'sha256:%' THEN substr(api_key, 8, 16)
  ELSE substr(encode(sha256(convert_to(user_id, 'UTF8')), 'hex'), 1, 16) END`;

const TIMES = ['key_issu_dt', 'key_expr_dt', 'creatd_dt', 'last_updatd_dt'];

/** Migrates the table of the service that this one replaces, or a table that was modelled on it by hand. */
export async function addLifecycleToPostgres({ sequelize, transaction }: MigrationContext): Promise<void> {
  const run = (sql: string) => sequelize.query(sql, { transaction });
  const columns = (await readColumns(sequelize, transaction)) ?? {};
  if (columns.created_dt !== undefined && columns.creatd_dt === undefined) {
    await run(`ALTER TABLE ${KEYS_TABLE} RENAME COLUMN created_dt TO creatd_dt`);
  }
  const withoutZone = TIMES.filter((name) => columns[name]?.type !== 'TIMESTAMP WITH TIME ZONE');
  await run(`ALTER TABLE ${KEYS_TABLE}
    ADD COLUMN IF NOT EXISTS key_id varchar(16),
    ADD COLUMN IF NOT EXISTS description varchar(500) NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS revoked_dt timestamptz,
    ADD COLUMN IF NOT EXISTS last_used_dt timestamptz,
    ADD COLUMN IF NOT EXISTS replaced_by varchar(16),
    ${withoutZone.map((name) => `ALTER COLUMN ${name} TYPE timestamptz USING ${name} AT TIME ZONE 'UTC',`).join('\n')}
    ALTER COLUMN api_key TYPE varchar(128) COLLATE "C",
    ALTER COLUMN creatd_by TYPE varchar(128),
    ALTER COLUMN last_updatd_by TYPE varchar(128)`);
  await run(`UPDATE ${KEYS_TABLE} SET key_id = ${ID_OF_ROW} WHERE key_id IS NULL`);
  await run(`UPDATE ${KEYS_TABLE} SET creatd_dt = coalesce(creatd_dt, key_issu_dt),
    last_updatd_dt = coalesce(last_updatd_dt, creatd_dt, key_issu_dt),
    creatd_by = coalesce(creatd_by, 'unknown'), last_updatd_by = coalesce(last_updatd_by, creatd_by, 'unknown')
    WHERE creatd_dt IS NULL OR last_updatd_dt IS NULL OR creatd_by IS NULL OR last_updatd_by IS NULL`);
  const [primaryKey] = await sequelize.query<{ conname: string }>(
    `SELECT conname FROM pg_constraint WHERE conrelid = '${KEYS_TABLE}'::regclass AND contype = 'p'`,
    { type: QueryTypes.SELECT, transaction },
  );
  if (primaryKey !== undefined) await run(`ALTER TABLE ${KEYS_TABLE} DROP CONSTRAINT "${primaryKey.conname}"`);
  const filled = ['user_id', 'scopes', 'api_key', ...TIMES, 'creatd_by', 'last_updatd_by'];
  await run(`ALTER TABLE ${KEYS_TABLE}
    ${filled.map((name) => `ALTER COLUMN ${name} SET NOT NULL,`).join(' ')}
    ALTER COLUMN key_id SET DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16),
    ADD PRIMARY KEY (key_id)`);
  for (const index of readSchema('postgres', KEYS_TABLE).slice(1)) await run(index);
}
