import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { readSchema } from './db-init.ts';
import { KEYS_TABLE, readColumns } from './layout.ts';

/** What a migration works with: one connection, which holds the lock that keeps others from migrating at the same time. */
export interface MigrationContext {
  readonly sequelize: Sequelize;
  readonly transaction: Transaction;
}

export interface Migration {
  readonly name: string;
  /** What it does, for the person who is asked. */
  readonly description: string;
  /**
   * On PostgreSQL the whole is one transaction. On MySQL each ALTER TABLE stands by itself, so every step looks first
   * whether it was done, by a run that was cut short.
   */
  up(context: MigrationContext): Promise<void>;
}

/** Ids of the rows that are there already: those that the service shows for them before the migration. */
const ID_OF_ROW = {
  postgres: `CASE WHEN api_key LIKE 'sha256:%' THEN substr(api_key, 8, 16)
    ELSE substr(encode(sha256(convert_to(user_id, 'UTF8')), 'hex'), 1, 16) END`,
  mysql: `IF(api_key LIKE 'sha256:%', SUBSTR(api_key, 8, 16), LEFT(SHA2(CONVERT(user_id USING utf8mb4), 256), 16))`,
};

const TIMES = ['key_issu_dt', 'key_expr_dt', 'creatd_dt', 'last_updatd_dt'];

export const migrations: readonly Migration[] = [
  {
    name: '01-accounts',
    description: 'create the table prefect_accounts, of users and service accounts and the most that their keys may do',
    up: createAccounts,
  },
  {
    name: '02-lifecycle',
    description:
      `add to ${KEYS_TABLE} an id, a description, the times of revocation and last use and the successor of each key; ` +
      'let a user have several keys; give every time its zone (UTC) and every name 128 characters; index the keys',
    up: addLifecycle,
  },
  {
    name: '03-changes',
    description:
      'tell every instance of a changed key at once: by triggers on PostgreSQL, by an index to look on MySQL',
    up: tellOfChanges,
  },
];

async function createAccounts({ sequelize, transaction }: MigrationContext): Promise<void> {
  const [statement] = readSchema(sequelize.getDialect(), 'prefect_accounts');
  await sequelize.query(statement ?? '', { transaction });
}

async function addLifecycle(context: MigrationContext): Promise<void> {
  return context.sequelize.getDialect() === 'mysql' ? addLifecycleToMysql(context) : addLifecycleToPostgres(context);
}

async function addLifecycleToPostgres({ sequelize, transaction }: MigrationContext): Promise<void> {
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
  await run(`UPDATE ${KEYS_TABLE} SET key_id = ${ID_OF_ROW.postgres} WHERE key_id IS NULL`);
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

async function addLifecycleToMysql({ sequelize, transaction }: MigrationContext): Promise<void> {
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
  await run(`UPDATE ${KEYS_TABLE} SET key_id = ${ID_OF_ROW.mysql} WHERE key_id IS NULL`);
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

async function tellOfChanges({ sequelize, transaction }: MigrationContext): Promise<void> {
  const dialect = sequelize.getDialect();
  for (const statement of readSchema(dialect)) {
    if (/^CREATE .*\bprefect_auth_change/s.test(statement)) await sequelize.query(statement, { transaction });
  }
  if (dialect !== 'mysql') return;
  const indexes = await sequelize.query<{ Key_name: string }>(`SHOW INDEX FROM ${KEYS_TABLE}`, {
    type: QueryTypes.SELECT,
    transaction,
  });
  if (indexes.some((index) => index.Key_name === 'prefect_api_keys_changed')) return;
  await sequelize.query(`ALTER TABLE ${KEYS_TABLE} ADD KEY prefect_api_keys_changed (last_updatd_dt)`, { transaction });
}
