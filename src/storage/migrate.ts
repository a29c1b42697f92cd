import { QueryTypes, type Sequelize } from 'sequelize';
import { Umzug, type UmzugStorage } from 'umzug';
import { readSchema, readTableNames } from './db-init.ts';
import { sha256Sql } from './digest-sql.ts';
import { KEYS_TABLE, readColumns } from './layout.ts';
import type { MigrationContext } from './migration-context.ts';
import { migrations } from './migrations.ts';
import { DIGESTS_FROM } from './stored-key.ts';

/** What `migrate` would do, before anything is done. */
export interface MigrationPlan {
  /** Whether there is no table of keys, so that all of them are created. */
  readonly isNew: boolean;
  readonly steps: readonly string[];
  readonly rows: number;
  /** Rows with a key in clear instead of its digest. */
  readonly cleartextRows: number;
  /** Rows that have to be repaired by hand first. The texts name no secret. */
  readonly obstacles: readonly string[];
}

const LOCK_SECONDS = 60;
const LOCK_NUMBER = 727_163_201;

/** Creates the tables if there are none, or brings them to the form that db_init.sql creates; can be run again. */
export async function prepareTables(sequelize: Sequelize): Promise<void> {
  await locked(sequelize, async (context) => {
    if ((await readColumns(sequelize, context.transaction)) === undefined) return createTables(context);
    await createUmzug(context).up();
  });
}

export async function planMigration(sequelize: Sequelize): Promise<MigrationPlan> {
  return sequelize.transaction(async (transaction) => {
    const context = { sequelize, transaction };
    if ((await readColumns(sequelize, transaction)) === undefined) {
      const tables = readTableNames(sequelize.getDialect()).join(', ');
      return { isNew: true, steps: [`create the tables ${tables}`], rows: 0, cleartextRows: 0, obstacles: [] };
    }
    const pending = new Set((await createUmzug(context).pending()).map(({ name }) => name));
    return {
      isNew: false,
      steps: migrations.filter(({ name }) => pending.has(name)).map(({ description }) => description),
      rows: await count(context, 'true'),
      cleartextRows: await count(context, `api_key NOT LIKE '${DIGESTS_FROM}%'`),
      obstacles: await findObstacles(context),
    };
  });
}

/** Replaces every key in clear by its digest. Clients notice nothing. */
export async function digestCleartextKeys(sequelize: Sequelize): Promise<void> {
  const digest = `CONCAT('${DIGESTS_FROM}', ${sha256Sql(sequelize, 'api_key')})`;
  await locked(sequelize, ({ transaction }) =>
    sequelize.query(`UPDATE ${KEYS_TABLE} SET api_key = ${digest} WHERE api_key NOT LIKE '${DIGESTS_FROM}%'`, {
      transaction,
    }),
  );
}

/** Migrations that start at the same time take turns. Each uses one connection: PGlite has only one. */
async function locked<Result>(
  sequelize: Sequelize,
  work: (context: MigrationContext) => Promise<Result>,
): Promise<Result> {
  return sequelize.transaction(async (transaction) => {
    const isMysql = sequelize.getDialect() === 'mysql';
    const run = (sql: string) => sequelize.query<{ got: unknown }>(sql, { type: QueryTypes.SELECT, transaction });
    const [row] = await run(
      isMysql
        ? `SELECT GET_LOCK('prefect-auth migrate', ${LOCK_SECONDS}) AS got`
        : `SELECT pg_advisory_xact_lock(${LOCK_NUMBER}) AS got`,
    );
    if (isMysql && row?.got !== 1) throw new Error('Another process is migrating the same tables.');
    try {
      return await work({ sequelize, transaction });
    } finally {
      if (isMysql) await run("SELECT RELEASE_LOCK('prefect-auth migrate') AS got").catch(() => []);
    }
  });
}

async function createTables({ sequelize, transaction }: MigrationContext): Promise<void> {
  for (const statement of readSchema(sequelize.getDialect())) await sequelize.query(statement, { transaction });
}

function createUmzug(context: MigrationContext): Umzug<MigrationContext> {
  return new Umzug({
    migrations: migrations.map(({ name, up }) => ({ name, up: () => up(context) })),
    context,
    storage: createLog(context),
    logger: undefined,
  });
}

/** The names of the migrations that were done, in a table beside the others. */
function createLog({ sequelize, transaction }: MigrationContext): UmzugStorage<MigrationContext> {
  const run = (sql: string, name: string) => sequelize.query(sql, { replacements: { name }, transaction });
  return {
    async logMigration({ name }) {
      for (const statement of readSchema(sequelize.getDialect(), 'prefect_auth_migrations')) {
        await sequelize.query(statement, { transaction });
      }
      await run('INSERT INTO prefect_auth_migrations (name) VALUES (:name)', name);
    },
    async unlogMigration({ name }) {
      await run('DELETE FROM prefect_auth_migrations WHERE name = :name', name);
    },
    async executed() {
      const exists = await sequelize.getQueryInterface().tableExists('prefect_auth_migrations', { transaction });
      if (!exists) return [];
      const rows = await sequelize.query<{ name: string }>('SELECT name FROM prefect_auth_migrations', {
        type: QueryTypes.SELECT,
        transaction,
      });
      return rows.map(({ name }) => name);
    },
  };
}

async function findObstacles(context: MigrationContext): Promise<string[]> {
  const obstacles: string[] = [];
  const needed = ['user_id', 'scopes', 'api_key', 'key_issu_dt', 'key_expr_dt'];
  const empty = await count(context, needed.map((name) => `${name} IS NULL`).join(' OR '));
  if (empty > 0) obstacles.push(`${empty} rows have nothing in one of ${needed.join(', ')}`);
  for (const users of await findSharedKeys(context)) obstacles.push(`the same key is in the rows of ${users}`);
  return obstacles;
}

async function findSharedKeys({ sequelize, transaction }: MigrationContext): Promise<string[]> {
  const isMysql = sequelize.getDialect() === 'mysql';
  const exactly = isMysql ? 'CAST(api_key AS BINARY)' : 'api_key';
  const users = isMysql ? "GROUP_CONCAT(user_id SEPARATOR ', ')" : "string_agg(user_id, ', ')";
  const rows = await sequelize.query<{ users: string }>(
    `SELECT ${users} AS users FROM ${KEYS_TABLE} GROUP BY ${exactly} HAVING COUNT(*) > 1 LIMIT 20`,
    { type: QueryTypes.SELECT, transaction },
  );
  return rows.map((row) => row.users);
}

async function count({ sequelize, transaction }: MigrationContext, condition: string): Promise<number> {
  const [row] = await sequelize.query<{ rows_found: number | string }>(
    `SELECT COUNT(*) AS rows_found FROM ${KEYS_TABLE} WHERE ${condition}`,
    { type: QueryTypes.SELECT, transaction },
  );
  return Number(row?.rows_found ?? 0);
}
