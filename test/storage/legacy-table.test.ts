import test from 'ava';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import type { KeyProblem } from '../../src/keys/key-problem.ts';
import { digestCleartextKeys, planMigration, prepareTables } from '../../src/storage/migrate.ts';
import { migrations } from '../../src/storage/migrations.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { runCli } from '../support/process/run-cli.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { legacyRows, legacyTables } from './legacy-tables.ts';

process.env.TZ = 'Pacific/Auckland';

const databases: TestDatabase[] = [];

test.before(async () => {
  const [postgres, mariadb] = await Promise.all([
    startPostgres({ settings: { timezone: 'America/St_Johns' } }),
    startMariadb({ settings: { 'default-time-zone': '+05:30', 'explicit-defaults-for-timestamp': 'OFF' } }),
  ]);
  databases.push(ofServer('PostgreSQL', postgres), ofServer('MariaDB', mariadb));
});

test.after.always(async () => {
  for (const database of databases) await database.stop();
});

const find = async (store: Store, secret: string) => (await store.keys.find(digestOf(secret)))?.key;
const newKey = {
  userId: 'USERID',
  scopes: 'query/*',
  validFrom: new Date(),
  expiresAt: new Date(Date.now() + 3_600_000),
  issuedBy: 'test',
};
const listAll = async (store: Store) => (await store.keys.list({ limit: 100 }, new Date())).keys;

async function reset(database: TestDatabase): Promise<void> {
  await database.sql('DROP TABLE IF EXISTS prefect_api_keys, prefect_accounts, prefect_auth_migrations');
}

/** The table's columns and indexes, by name. */
async function describe(database: TestDatabase): Promise<unknown> {
  const schema = database.dialect === 'mysql' ? 'prefect_auth' : 'public';
  const columns = await database.sql(`SELECT column_name AS name, data_type AS type, character_maximum_length AS size,
    is_nullable AS nullable, column_default AS value, collation_name AS collation, datetime_precision AS places
    FROM information_schema.columns WHERE table_schema = '${schema}' AND table_name = 'prefect_api_keys' ORDER BY column_name`);
  const indexes = await database.sql(
    database.dialect === 'mysql'
      ? `SELECT index_name AS name, non_unique AS multiple, column_name AS col FROM information_schema.statistics
         WHERE table_schema = '${schema}' AND table_name = 'prefect_api_keys' ORDER BY index_name, seq_in_index`
      : `SELECT indexdef AS name FROM pg_indexes WHERE tablename = 'prefect_api_keys' ORDER BY indexname`,
  );
  return { columns, indexes };
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: KeyProblem) => error.code ?? error.message,
  );
}

for (const table of legacyTables) {
  test.serial(`an old table is read as it is, and migrated: ${table.name}`, async (t) => {
    const database = databases.find(({ dialect }) => dialect === table.dialect) as TestDatabase;
    await reset(database);
    await database.sql(`${table.create};${legacyRows(table.creation)}`);
    const store = await database.open();
    t.teardown(() => store.close());

    const old = await find(store, 'TestKey001');
    t.like(old, { userId: 'USERID', scopes: 'mutation/*, query/*' });
    t.deepEqual(old?.validFrom, new Date('2021-12-27T00:00:00Z'));
    t.deepEqual(old?.expiresAt, new Date('2022-12-31T00:00:00Z'));
    t.is((await find(store, 'testkey001'))?.userId, "O'Brien", 'case counts');
    t.is((await find(store, 'EXnPWYVr7r6uo642NxVo'))?.userId, 'zoé');
    for (const wrong of [
      'TESTKEY001',
      'TestKey001 ',
      'TestKey00',
      `sha256:${digestOf('TestKey001')}`,
      digestOf('TestKey001'),
      "\\'/**/OR/**/1=1#",
    ])
      t.is(await find(store, wrong), undefined, wrong);
    const before = await listAll(store);
    t.deepEqual(before.map((key) => key.userId).toSorted(), ["O'Brien", 'USERID', 'zoé']);
    t.is(await store.keys.countCleartext(), 3);
    t.is(await problemOf(store.keys.insert(newKey, digestOf(generateKey()))), 'not_migrated');
    const account = { userId: 'USERID', kind: 'user', scopes: 'query/*', description: '' } as const;
    t.deepEqual(await store.accounts.list(), []);
    t.is(await store.accounts.get('USERID'), undefined);
    t.is(await problemOf(store.accounts.set(account, 'test')), 'not_migrated');
    t.is(await problemOf(store.accounts.remove('USERID', new Date(), 'test')), 'not_migrated');
    t.is((await runCli(database.settings, ['accounts', 'remove', 'USERID'])).status, 4);
    await store.keys.markUsed(
      before.map((key) => key.id),
      new Date(),
      new Date(),
    );

    const brien = before.find((key) => key.userId === "O'Brien");
    const end = new Date();
    await store.keys.revoke(brien?.id ?? '', end, 'test');
    t.true(Math.abs(((await find(store, 'testkey001'))?.expiresAt.getTime() ?? 0) - end.getTime()) <= 1000);
    t.deepEqual((await find(store, 'testkey001'))?.validFrom, new Date('2024-01-01T00:00:00Z'));
    t.deepEqual((await find(store, 'TestKey001'))?.expiresAt, old?.expiresAt, 'nobody else lost a key');

    const plan = await planMigration(store.sequelize);
    t.like(plan, { isNew: false, rows: 3, cleartextRows: 3 });
    t.deepEqual([plan.steps.length, plan.obstacles], [migrations.length, []]);
    const other = await database.open();
    await Promise.all([prepareTables(store.sequelize), prepareTables(other.sequelize)]);
    await prepareTables(store.sequelize);
    await other.close();
    t.deepEqual((await planMigration(store.sequelize)).steps, []);
    t.deepEqual(
      (await listAll(store))
        .map(({ id, userId, validFrom }) => ({ id, userId, validFrom }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      before.map(({ id, userId, validFrom }) => ({ id, userId, validFrom })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      'ids and times stay',
    );
    t.deepEqual(await find(store, 'TestKey001'), old);

    await digestCleartextKeys(store.sequelize);
    t.is(await store.keys.countCleartext(), 0);
    t.deepEqual(await find(store, 'TestKey001'), old, 'whoever holds the key notices nothing');
    t.is((await find(store, 'testkey001'))?.userId, "O'Brien");
    const second = generateKey();
    await store.keys.insert(newKey, digestOf(second));
    t.is((await find(store, second))?.userId, 'USERID', 'several keys per user');
    await store.accounts.set(account, 'test');
    t.is(
      (await find(store, second))?.ownerScopes,
      'query/*',
      'a store that was open all the while knows the new columns',
    );

    const migrated = await describe(database);
    await reset(database);
    await prepareTables(store.sequelize);
    t.deepEqual(migrated, await describe(database), 'the same as db_init.sql creates');
  });
}

test.serial('a row without a user, or without scopes, is no key', async (t) => {
  const database = databases[0] as TestDatabase;
  const table = legacyTables.find(({ name }) => name.includes('NOT NULL'));
  for (const column of ['user_id', 'scopes']) {
    for (const secret of ['TestKey001', `sha256:${digestOf('TestKey001')}`]) {
      await reset(database);
      await database.sql(`${table?.create};${legacyRows(table?.creation)}`);
      await database.sql(`UPDATE prefect_api_keys SET api_key = '${secret}' WHERE api_key = 'TestKey001'`);
      const store = await database.open();
      t.is((await find(store, 'TestKey001'))?.userId, 'USERID');
      await database.sql(`UPDATE prefect_api_keys SET ${column} = NULL WHERE api_key = '${secret}'`);
      t.is(await find(store, 'TestKey001'), undefined, `${column}, ${secret}`);
      await store.close();
    }
  }
});

test.serial('a migration that cannot be made says what to mend, and names no key', async (t) => {
  for (const database of databases) {
    await reset(database);
    const table = legacyTables.find(({ dialect }) => dialect === database.dialect);
    await database.sql(`${table?.create};${legacyRows()}`);
    await database.sql("UPDATE prefect_api_keys SET api_key = 'TestKey001' WHERE user_id = 'zoé'");
    const store = await database.open();
    t.is(await find(store, 'TestKey001'), undefined, "the key of two is nobody's");
    const { obstacles } = await planMigration(store.sequelize);
    t.is(obstacles.length, 1);
    t.regex(obstacles[0] ?? '', /the same key is in the rows of (USERID, zoé|zoé, USERID)/);
    await t.throwsAsync(prepareTables(store.sequelize));
    t.is((await find(store, 'testkey001'))?.userId, "O'Brien", 'the table still works');
    await database.sql("UPDATE prefect_api_keys SET api_key = 'Other001' WHERE user_id = 'zoé'");
    await prepareTables(store.sequelize);
    t.is((await find(store, 'Other001'))?.userId, 'zoé', 'and the migration can be run again');
    await store.close();
  }
});

test.serial('migrate creates the tables that it says it will', async (t) => {
  const schemas = { postgres: 'public', mysql: 'prefect_auth' };
  for (const database of databases) {
    await database.sql(
      'DROP TABLE IF EXISTS prefect_api_keys, prefect_accounts, prefect_auth_migrations, prefect_auth_changes',
    );
    const shown = await runCli(database.settings, ['migrate', '--dry-run']);
    const [, told = ''] = /create the tables (.*)/.exec(shown.stdout) ?? [];
    t.is((await runCli(database.settings, ['migrate', '--yes'])).status, 0);
    const tables = await database.sql(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${schemas[database.dialect]}'`,
    );
    t.deepEqual(told.split(', ').toSorted(), tables.map(({ name }) => String(name)).toSorted(), database.name);
    t.regex((await runCli(database.settings, ['migrate', '--dry-run'])).stdout, /there is nothing to do/);
  }
});
