import { QueryTypes } from 'sequelize';
import { readSchema } from './db-init.ts';
import { KEYS_TABLE } from './layout.ts';
import { addLifecycleToMysql } from './lifecycle-mysql.ts';
import { addLifecycleToPostgres } from './lifecycle-postgres.ts';
import type { MigrationContext } from './migration-context.ts';

export interface Migration {
  readonly name: string;
  /** What it does, for the person who has to confirm it. */
  readonly description: string;
  /**
   * On PostgreSQL the whole migration is one transaction. On MySQL each ALTER TABLE commits by itself, so every step first checks
   * whether an interrupted run has already done it.
   */
  up(context: MigrationContext): Promise<void>;
}

export const migrations: readonly Migration[] = [
  {
    name: '01-accounts',
    description:
      'create the tables prefect_accounts (users, service accounts, and the most that their keys may do) ' +
      'and prefect_auth_migrations (which of these steps were done)',
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
      'notify every instance of a changed key: on PostgreSQL by triggers; on MySQL by polling an index, and ' +
      'a table prefect_auth_changes of cache evictions requested by operators',
    up: tellOfChanges,
  },
  {
    name: '04-triggers',
    description: 'on PostgreSQL, also notify of changes by replication, a restore or another trigger; on MySQL nothing',
    up: createTriggers,
  },
];

async function createAccounts({ sequelize, transaction }: MigrationContext): Promise<void> {
  const [statement] = readSchema(sequelize.getDialect(), 'prefect_accounts');
  await sequelize.query(statement ?? '', { transaction });
}

async function addLifecycle(context: MigrationContext): Promise<void> {
  return context.sequelize.getDialect() === 'mysql' ? addLifecycleToMysql(context) : addLifecycleToPostgres(context);
}

async function createTriggers({ sequelize, transaction }: MigrationContext): Promise<void> {
  if (sequelize.getDialect() !== 'postgres') return;
  for (const statement of readSchema('postgres')) {
    if (/^(?:CREATE|ALTER) .*\bprefect_auth_changed/s.test(statement))
      await sequelize.query(statement, { transaction });
  }
}

async function tellOfChanges(context: MigrationContext): Promise<void> {
  const { sequelize, transaction } = context;
  if (sequelize.getDialect() === 'postgres') return createTriggers(context);
  for (const statement of readSchema('mysql', 'prefect_auth_changes'))
    await sequelize.query(statement, { transaction });
  const indexes = await sequelize.query<{ Key_name: string }>(`SHOW INDEX FROM ${KEYS_TABLE}`, {
    type: QueryTypes.SELECT,
    transaction,
  });
  if (indexes.some((index) => index.Key_name === 'prefect_api_keys_changed')) return;
  await sequelize.query(`ALTER TABLE ${KEYS_TABLE} ADD KEY prefect_api_keys_changed (last_updatd_dt)`, { transaction });
}
