import { QueryTypes } from 'sequelize';
import { KEYS_TABLE, readColumns } from './layout.ts';
import type { MigrationContext } from './migration-context.ts';

/** Ids of existing rows: the same that the service shows for them before the migration. */
const ID_OF_ROW =
  "IF(api_key LIKE 'sha256:%', SUBSTR(api_key, 8, 16), LEFT(SHA2(CONVERT(user_id USING utf8mb4), 256), 16))";

/** Like addLifecycleToPostgres, but in steps: each is complete by itself, and checks whether it has already been done. */
export async function addLifecycleToMysql({ sequelize, transaction }: MigrationContext): Promise<void> {
  const run = (sql: string) => sequelize.query(sql, { transaction });
  const columns = (await readColumns(sequelize, transaction)) ?? {};
  if (columns.key_id?.primaryKey) return;
  const creation = columns.created_dt !== undefined && columns.creatd_dt === undefined ? 'created_dt' : 'creatd_dt';
  if (columns.key_id === undefined) {
    const exact = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
    await run(`ALTER TABLE ${KEYS_TABLE}
      ADD COLUMN key_id varchar(16) ${exact} NULL FIRST,
      ADD COLUMN description varchar(500) ${exact} NOT NULL DEFAULT '' AFTER api_key,
      ADD COLUMN revoked_dt datetime(3) NULL AFTER key_expr_dt,
      ADD COLUMN last_used_dt datetime(3) NULL AFTER revoked_dt,
      ADD COLUMN replaced_by varchar(16) ${exact} NULL AFTER last_used_dt,
      MODIFY user_id varchar(128) ${exact} NOT NULL,
      MODIFY scopes varchar(2000) ${exact} NOT NULL,
      MODIFY api_key varchar(128) ${exact} NOT NULL,
      MODIFY key_issu_dt datetime(3) NOT NULL,
      MODIFY key_expr_dt datetime(3) NOT NULL,
      CHANGE ${creation} creatd_dt datetime(3) NULL,
      MODIFY last_updatd_dt datetime(3) NULL,
      MODIFY creatd_by varchar(128) ${exact} NULL,
      MODIFY last_updatd_by varchar(128) ${exact} NULL,
      DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  }
  await run(`UPDATE ${KEYS_TABLE} SET key_id = ${ID_OF_ROW} WHERE key_id IS NULL`);
  await run(`UPDATE ${KEYS_TABLE} SET creatd_dt = coalesce(creatd_dt, key_issu_dt),
    last_updatd_dt = coalesce(last_updatd_dt, creatd_dt, key_issu_dt),
    creatd_by = coalesce(creatd_by, 'unknown'), last_updatd_by = coalesce(last_updatd_by, creatd_by, 'unknown')
    WHERE creatd_dt IS NULL OR last_updatd_dt IS NULL OR creatd_by IS NULL OR last_updatd_by IS NULL`);
  const hasPrimaryKey = Object.values(columns).some((column) => column.primaryKey);
  const indexes = await sequelize.query<{ Key_name: string }>(`SHOW INDEX FROM ${KEYS_TABLE}`, {
    type: QueryTypes.SELECT,
    transaction,
  });
  const earlier = new Set(indexes.map((index) => index.Key_name).filter((name) => /^prefect_api_keys_/.test(name)));
  await run(`ALTER TABLE ${KEYS_TABLE}
    ${hasPrimaryKey ? 'DROP PRIMARY KEY,' : ''}
    ${[...earlier].map((name) => `DROP KEY ${name},`).join(' ')}
    MODIFY key_id varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
      DEFAULT (left(replace(uuid(), '-', ''), 16)),
    MODIFY creatd_dt datetime(3) NOT NULL,
    MODIFY last_updatd_dt datetime(3) NOT NULL,
    MODIFY creatd_by varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    MODIFY last_updatd_by varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    ADD PRIMARY KEY (key_id),
    ADD UNIQUE KEY prefect_api_keys_api_key (api_key),
    ADD KEY prefect_api_keys_owner (user_id, key_id),
    ADD KEY prefect_api_keys_end (key_expr_dt)`);
}
