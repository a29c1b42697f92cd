import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import pg from 'pg';
import { digestOf } from '../../src/keys/key-format.ts';
import { readSchema } from '../../src/storage/db-init.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ask, bearer, startService } from '../support/service/service.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { BOUND_MS, SETTLED_MS } from '../support/timing.ts';

async function preparePostgres(
  t: ExecutionContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestDatabase> {
  const database = ofServer('PostgreSQL', await startPostgres({ settings }));
  t.teardown(() => database.stop());
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  return database;
}

test('PostgreSQL is not relied on while one of the triggers that tell of changes is missing or does not fire', async (t) => {
  const database = await preparePostgres(t);
  const service = await startService(database.settings);
  t.teardown(() => service.stop());
  async function becomes(state: string): Promise<boolean> {
    for (const start = performance.now(); performance.now() - start < BOUND_MS; await delay(20)) {
      const { invalidation } = (await (await fetch(`${service.url}/readyz`)).json()) as { invalidation: object };
      if ((invalidation as { postgres?: string }).postgres === state) return true;
    }
    return false;
  }
  const keys = 'ALTER TABLE prefect_api_keys';
  const accounts = 'ALTER TABLE prefect_accounts';
  for (const [fail, mend] of [
    [`${keys} DISABLE TRIGGER prefect_auth_changed_key`, `${keys} ENABLE ALWAYS TRIGGER prefect_auth_changed_key`],
    [`${keys} ENABLE TRIGGER prefect_auth_changed_terms`, `${keys} ENABLE ALWAYS TRIGGER prefect_auth_changed_terms`],
    [`${accounts} DISABLE TRIGGER ALL`, `${accounts} ENABLE ALWAYS TRIGGER prefect_auth_changed_accounts`],
    [`${keys} RENAME TO elsewhere`, 'ALTER TABLE elsewhere RENAME TO prefect_api_keys'],
    [`${keys} RENAME TO elsewhere; ${readSchema('postgres').join(';')}`, ''],
  ] as const) {
    t.true(await becomes('ok'));
    await database.sql(fail);
    t.true(await becomes('lost'), fail);
    await database.sql(mend);
    t.true(await becomes('ok'), mend);
  }
});

test('every change of what a key says is told, however it is made, and no other one', async (t) => {
  const database = await preparePostgres(t);
  const { DB_HOST, DB_PORT, DB_USER, DB_DATABASE } = database.settings;
  const listener = new pg.Client({ host: DB_HOST, port: Number(DB_PORT), user: DB_USER, database: DB_DATABASE });
  await listener.connect();
  t.teardown(() => listener.end());
  const heard: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload));
  await listener.query('LISTEN prefect_auth_changed');
  const times = 'key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by';
  const insert = (key: string) =>
    `INSERT INTO prefect_api_keys (user_id, scopes, api_key, ${times}) VALUES ('alice', '*', '${key}', now(), now(), now(), now(), '', '')`;
  await database.sql(insert('a'));
  await database.sql(
    `INSERT INTO prefect_accounts (user_id, kind, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by)
     VALUES ('alice', 'user', now(), now(), '', '')`,
  );
  const update = 'UPDATE prefect_api_keys SET';
  const asReplica = 'SET session_replication_role = replica';
  const byTrigger = `CREATE FUNCTION revoke_with_words() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF NEW.description = 'revoke' THEN NEW.revoked_dt = now(); END IF; RETURN NEW; END$$;
    CREATE TRIGGER revoke_with_words BEFORE UPDATE OF description ON prefect_api_keys
    FOR EACH ROW EXECUTE FUNCTION revoke_with_words();`;
  const a = digestOf('a');
  const changes: readonly (readonly [sql: string, told: readonly string[]])[] = [
    [`${update} last_used_dt = now()`, []],
    [`${update} scopes = scopes, last_updatd_dt = now()`, []],
    [`${update} scopes = 'query/*'`, [a]],
    [`${update} user_id = 'bob'`, [a]],
    [`${update} key_id = 'other'`, [a]],
    [`${update} key_issu_dt = now()`, [a]],
    [`${update} key_expr_dt = now()`, [a]],
    [`${update} revoked_dt = now()`, [a]],
    [`${update} revoked_dt = NULL`, [a]],
    [`${update} api_key = 'sha256:${digestOf('b')}'`, [a, digestOf('b')]],
    [`${update} api_key = 'a'`, [digestOf('b'), a]],
    [`${asReplica}; ${update} scopes = '*'`, [a]],
    [`${byTrigger} ${update} description = 'nothing'`, []],
    [`${update} description = 'revoke'`, [a]],
    ["UPDATE prefect_accounts SET scopes = 'query/*'", ['*']],
    [`${asReplica}; UPDATE prefect_accounts SET scopes = '*'`, ['*']],
    [`${asReplica}; DELETE FROM prefect_accounts`, ['*']],
    [`${asReplica}; DELETE FROM prefect_api_keys`, [a]],
    [`${asReplica}; ${insert('b')}`, [digestOf('b')]],
    [`${asReplica}; TRUNCATE prefect_api_keys`, ['*']],
  ];
  for (const [sql, told] of changes) {
    await listener.query('SELECT 1');
    heard.length = 0;
    await database.sql(sql);
    // What was told comes before the answer to whatever is asked after it.
    await listener.query('SELECT 1');
    await delay(20);
    t.deepEqual(heard, told, sql);
  }
});

test('what replication changes in the tables is known at once', async (t) => {
  t.timeout(120_000);
  const origin = await preparePostgres(t, { wal_level: 'logical' });
  const copy = await preparePostgres(t);
  await origin.sql('CREATE PUBLICATION keys FOR TABLE prefect_api_keys');
  const { DB_HOST, DB_PORT, DB_USER, DB_DATABASE } = origin.settings;
  const connection = `host=${DB_HOST} port=${DB_PORT} user=${DB_USER} dbname=${DB_DATABASE}`;
  await copy.sql(`CREATE SUBSCRIPTION keys CONNECTION '${connection}' PUBLICATION keys`);
  const there = await startService(origin.settings);
  t.teardown(() => there.stop());
  const here = await startService(copy.settings);
  t.teardown(() => here.stop());
  const { key, id } = await there.issue('*');
  const becomes = async (status: number) => {
    for (const start = performance.now(); performance.now() - start < BOUND_MS; await delay(10)) {
      if ((await ask(here.url, { headers: bearer(key) })).status === status) return true;
    }
    return false;
  };
  t.true(await becomes(200));
  await delay(SETTLED_MS);
  t.true(await becomes(200));
  await origin.sql(`UPDATE prefect_api_keys SET revoked_dt = now() WHERE key_id = '${id}'`);
  t.true(await becomes(401));
  await copy.sql('DROP SUBSCRIPTION keys');
});
