import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { readConfig } from '../../src/config/read-config.ts';
import { createPollingChannel } from '../../src/invalidation/polling-channel.ts';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { ask, bearer, pollingOf, type RunningService, startService } from '../support/service/service.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { BOUND_MS, SETTLED_MS } from '../support/timing.ts';

interface Stage {
  readonly database: TestDatabase;
  readonly services: readonly RunningService[];
  readonly first: RunningService;
  readonly server: Awaited<ReturnType<typeof startMariadb>>;
}

async function withTwo(work: (stage: Stage) => Promise<void>): Promise<void> {
  const server = await startMariadb();
  const database = ofServer('MariaDB', server);
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  const services = await Promise.all([1, 2].map(() => startService(database.settings)));
  const [first] = services as [RunningService];
  try {
    await until(async () => (await pollingOf(first.url)) === 'ok');
    await work({ database, services, first, server });
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await database.stop();
  }
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < BOUND_MS; await delay(20)) {
    if (await isSo()) return true;
  }
  return false;
}

async function statuses({ services }: Stage, key: string): Promise<number[]> {
  return Promise.all(services.map(async ({ url }) => (await ask(url, { headers: bearer(key) })).status));
}

function become(stage: Stage, key: string, status: number): Promise<boolean> {
  return until(async () => (await statuses(stage, key)).every((each) => each === status));
}

test('a row that is deleted, or gets another key, is noticed at the next look, whatever else is inserted', async (t) => {
  await withTwo(async (stage) => {
    const { database, first } = stage;
    const deleted = await first.issue('*', { user: 'alice' });
    const replaced = await first.issue('*', { user: 'bob' });
    const kept = await first.issue('*', { user: 'carol' });
    await delay(SETTLED_MS);
    for (const { key } of [deleted, replaced, kept]) t.deepEqual(await statuses(stage, key), [200, 200]);
    const copy = (id: string) =>
      `INSERT INTO prefect_api_keys SELECT '${id}', user_id, scopes, '${id}', description, key_issu_dt, key_expr_dt, NULL,
         NULL, NULL, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by FROM prefect_api_keys WHERE key_id = '${kept.id}'`;
    await database.sql(`${copy('one')}; ${copy('two')}; DELETE FROM prefect_api_keys WHERE key_id = '${deleted.id}'`);
    t.true(await become(stage, deleted.key, 401), 'deleted');
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(stage, replaced.key), [200, 200]);
    const other = generateKey();
    await database.sql(
      `UPDATE prefect_api_keys SET api_key = 'sha256:${digestOf(other)}' WHERE key_id = '${replaced.id}'`,
    );
    t.true(await become(stage, replaced.key, 401), 'replaced');
    t.deepEqual(await statuses(stage, other), [200, 200]);
    t.deepEqual(await statuses(stage, kept.key), [200, 200]);
  });
});

/** Changes that leave no date behind, and what they make of a key that may do everything. */
const dateless = {
  narrowed: ["UPDATE prefect_api_keys SET scopes = 'admin/x' WHERE key_id = :id", 403],
  expired: ["UPDATE prefect_api_keys SET key_expr_dt = '2026-01-02 00:00:00' WHERE key_id = :id", 401],
  'not valid yet': ["UPDATE prefect_api_keys SET key_issu_dt = '2036-01-02 00:00:00' WHERE key_id = :id", 401],
  revoked: ["UPDATE prefect_api_keys SET revoked_dt = '2026-01-02 00:00:00' WHERE key_id = :id", 401],
  'given to who is bounded': ["UPDATE prefect_api_keys SET user_id = 'bounded' WHERE key_id = :id", 403],
  bounded: ["UPDATE prefect_accounts SET scopes = 'admin/x' WHERE user_id = 'owner'", 403],
} as const;

test('a change by plain SQL that leaves no date is noticed at the next look, and nothing else is forgotten', async (t) => {
  await withTwo(async (stage) => {
    const { database, first } = stage;
    const store = await database.open();
    await store.accounts.set({ userId: 'owner', kind: 'user', description: '' }, 'test');
    await store.accounts.set({ userId: 'bounded', kind: 'user', scopes: 'admin/x', description: '' }, 'test');
    await store.close();
    const kept = await first.issue('*');
    const changes = await Promise.all(
      Object.entries(dateless).map(async ([what, [sql, status]]) => {
        return { what, sql, status, ...(await first.issue('*', { user: 'owner' })) };
      }),
    );
    const areAllowed = async () => {
      for (const { key } of [...changes, kept]) t.deepEqual(await statuses(stage, key), [200, 200]);
    };
    const fromStore = async () =>
      /lookups_total\{origin="store"\} (\d+)/.exec(await (await fetch(`${first.url}/metrics`)).text())?.[1];
    await delay(SETTLED_MS);
    await areAllowed();
    const before = await fromStore();
    await delay(2_500);
    await areAllowed();
    t.is(await fromStore(), before, 'keys that nobody changes are not asked for again');
    for (const { what, sql, status, key, id } of changes) {
      await database.sql(sql.replace(':id', `'${id}'`));
      t.true(await become(stage, key, status), what);
    }
    t.deepEqual(await statuses(stage, kept.key), [200, 200]);
  });
});

test('what bounds an account is changed for all of its keys, on every instance', async (t) => {
  await withTwo(async (stage) => {
    const { database, first } = stage;
    const { key } = await first.issue('*');
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(stage, key), [200, 200]);
    const store = await database.open();
    const alice = { userId: 'alice', kind: 'user', description: '' } as const;
    await store.accounts.set({ ...alice, scopes: 'admin/x' }, 'test');
    t.true(await become(stage, key, 403), 'bound');
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(stage, key), [403, 403]);
    await store.accounts.set(alice, 'test');
    t.true(await become(stage, key, 200), 'free');
    await store.close();
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(stage, key), [200, 200]);
    const now = 'UTC_TIMESTAMP(3)';
    await database.sql(
      `UPDATE prefect_accounts SET scopes = 'admin/x', last_updatd_dt = ${now} WHERE user_id = 'alice'`,
    );
    t.true(await become(stage, key, 403), 'bound by plain SQL');
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(stage, key), [403, 403]);
    await database.sql("DELETE FROM prefect_accounts WHERE user_id = 'alice'");
    t.true(await become(stage, key, 200), 'deleted by plain SQL');
  });
});

test('what the command line changes in the embedded database is heard of by the service that serves it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-polling-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const service = await startService({ DATA_DIR: folder });
  const commandLine = await openStore(readConfig({ DATA_DIR: folder }));
  try {
    const revoked = await service.issue('*');
    const deleted = await service.issue('*');
    const narrowed = await service.issue('*');
    await delay(SETTLED_MS);
    const statusOf = async (key: string) => (await ask(service.url, { headers: bearer(key) })).status;
    for (const { key } of [revoked, deleted, narrowed]) t.is(await statusOf(key), 200);
    await commandLine.keys.revoke(revoked.id, new Date(), 'test');
    t.true(await until(async () => (await statusOf(revoked.key)) === 401), 'revoked');
    await delay(SETTLED_MS);
    t.is(await statusOf(deleted.key), 200);
    await delay(SETTLED_MS);
    t.is(await statusOf(narrowed.key), 200);
    await commandLine.sequelize.query(`UPDATE prefect_api_keys SET scopes = 'admin/x' WHERE key_id = '${narrowed.id}'`);
    t.true(await until(async () => (await statusOf(narrowed.key)) === 403), 'narrowed, and no date is left behind');
    await commandLine.sequelize.query(`DELETE FROM prefect_api_keys WHERE key_id = '${deleted.id}'`);
    t.true(await until(async () => (await statusOf(deleted.key)) === 401), 'deleted');
  } finally {
    await commandLine.close();
    await service.stop();
  }
});

test('where a part of the changes cannot be read, the channel is lost until it can', async (t) => {
  await withTwo(async ({ database, first, server }) => {
    for (const [fail, mend] of [
      ['RENAME TABLE prefect_auth_changes TO elsewhere', 'RENAME TABLE elsewhere TO prefect_auth_changes'],
      ['RENAME TABLE prefect_accounts TO elsewhere', 'RENAME TABLE elsewhere TO prefect_accounts'],
      [
        'ALTER TABLE prefect_accounts RENAME COLUMN last_updatd_dt TO x',
        'ALTER TABLE prefect_accounts RENAME COLUMN x TO last_updatd_dt',
      ],
    ] as const) {
      t.is(await pollingOf(first.url), 'ok');
      await database.sql(fail);
      t.true(await until(async () => (await pollingOf(first.url)) === 'lost'), fail);
      await database.sql(mend);
      t.true(await until(async () => (await pollingOf(first.url)) === 'ok'), mend);
    }
    const metrics = async () => (await fetch(`${first.url}/metrics`)).text();
    server.signal('SIGSTOP');
    t.true(await until(async () => /channel_open\{channel="poll"\} 0/.test(await metrics())), 'a database that hangs');
    server.signal('SIGCONT');
    t.true(await until(async () => /channel_open\{channel="poll"\} 1/.test(await metrics())), 'one that answers again');
  });
});

test('what is told through the database reaches the others', async (t) => {
  const database = ofServer('MariaDB', await startMariadb());
  t.teardown(() => database.stop());
  const [one, other] = [await database.open(), await database.open()] as const;
  await prepareTables(one.sequelize);
  const heard: string[] = [];
  let isOpen = false;
  const channels = [one, other].map(({ sequelize }) => createPollingChannel(sequelize, 1_000, t.log));
  channels[1]?.listen({
    known: () => [],
    changed: (change) => heard.push(change),
    opened: () => {
      isOpen = true;
    },
    lost() {},
  });
  t.true(await until(async () => isOpen));
  await channels[0]?.publish('one key');
  t.true(await until(async () => heard.includes('one key')));
  await channels[0]?.publish('*');
  t.true(await until(async () => heard.includes('*')));
  t.deepEqual(heard, ['one key', '*'], 'each once');
  for (const channel of channels) await channel.close();
  for (const store of [one, other]) await store.close();
});
