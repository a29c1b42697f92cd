import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { readSchema } from '../../src/storage/db-init.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { legacyRows, legacyTables } from '../storage/legacy-tables.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { BOUND_MS, SETTLED_MS, WORD_MS } from '../support/timing.ts';

const INSTANCES = 3;

interface Stage {
  readonly database: TestDatabase;
  readonly services: readonly RunningService[];
  readonly first: RunningService;
}

async function withInstances(
  settings: Readonly<Record<string, string>>,
  database: TestDatabase,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  const services = await Promise.all(
    Array.from({ length: INSTANCES }, () => startService({ ...database.settings, ...settings })),
  );
  try {
    await delay(SETTLED_MS);
    await work({ database, services, first: services[0] as RunningService });
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}

async function statuses({ services }: Stage, key: string): Promise<number[]> {
  return Promise.all(services.map(async ({ url }) => (await ask(url, { headers: bearer(key) })).status));
}

/** @returns the milliseconds until every instance answers so, or undefined where they do not in time */
async function timeUntil(stage: Stage, key: string, status: number): Promise<number | undefined> {
  const start = performance.now();
  while (performance.now() - start < BOUND_MS) {
    if ((await statuses(stage, key)).every((each) => each === status)) return performance.now() - start;
    await delay(10);
  }
  return undefined;
}

/** Changes the table behind the back of everyone who would tell. */
function silently({ database }: Stage, sql: string): Promise<unknown> {
  if (database.dialect !== 'postgres') return database.sql(sql);
  const enable = readSchema('postgres').filter((statement) => statement.startsWith('ALTER TABLE prefect_api_keys'));
  return database.sql(['ALTER TABLE prefect_api_keys DISABLE TRIGGER USER', sql, ...enable].join(';'));
}

for (const [name, start] of [
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
] as const) {
  for (const hasRedis of [false, true]) {
    test(`three instances on ${name}${hasRedis ? ' and Redis' : ''} hear of every change`, async (t) => {
      t.timeout(120_000);
      const database = ofServer(name, await start());
      const redis = hasRedis ? await startRedis() : undefined;
      const now = database.dialect === 'postgres' ? 'now()' : 'UTC_TIMESTAMP(3)';
      try {
        await withInstances(redis === undefined ? {} : { REDIS_URL: redis.url }, database, async (stage) => {
          const { first } = stage;
          const changes: readonly (readonly [string, (id: string) => string, number])[] = [
            [
              'revoked',
              (id) => `UPDATE prefect_api_keys SET revoked_dt = ${now}, last_updatd_dt = ${now} WHERE key_id = '${id}'`,
              401,
            ],
            [
              'expired',
              (id) =>
                `UPDATE prefect_api_keys SET key_expr_dt = ${now}, last_updatd_dt = ${now} WHERE key_id = '${id}'`,
              401,
            ],
            [
              'narrowed',
              (id) => `UPDATE prefect_api_keys SET scopes = 'admin/x', last_updatd_dt = ${now} WHERE key_id = '${id}'`,
              403,
            ],
          ];
          for (const [what, change, status] of changes) {
            const { key, id } = await first.issue('*');
            t.deepEqual(await statuses(stage, key), [200, 200, 200], what);
            await database.sql(change(id));
            t.true((await timeUntil(stage, key, status)) !== undefined, `${what} by plain SQL`);
          }
          if (database.dialect === 'postgres') {
            const { key, id } = await first.issue('*');
            t.deepEqual(await statuses(stage, key), [200, 200, 200]);
            await database.sql(`DELETE FROM prefect_api_keys WHERE key_id = '${id}'`);
            t.true((await timeUntil(stage, key, 401)) !== undefined, 'deleted by plain SQL');
          }

          const operator = await first.issue('admin/cache');
          const keys = [await first.issue('*'), await first.issue('*'), await first.issue('*')] as const;
          await delay(SETTLED_MS);
          for (const { key } of keys) t.deepEqual(await statuses(stage, key), [200, 200, 200]);
          await silently(stage, `UPDATE prefect_api_keys SET scopes = 'admin/x' WHERE scopes = '*'`);
          await delay(1_500);
          // PostgreSQL is not asked; MariaDB is, and needs no word of it.
          const unheard = database.dialect === 'postgres' ? 200 : 403;
          for (const { key } of keys)
            t.deepEqual(await statuses(stage, key), Array(INSTANCES).fill(unheard), 'nobody has told');
          for (const [method, path, { key }] of [
            ['DELETE', keys[0].id, keys[0]],
            ['DELETE', keys[1].key, keys[1]],
            ['POST', 'reset', keys[2]],
          ] as const) {
            const answer = await fetch(`${first.url}/cache/${path}`, { method, headers: bearer(operator.key) });
            t.is(answer.status, 200);
            t.true((await timeUntil(stage, key, 403)) !== undefined, `an operator's ${method}`);
          }
        });
      } finally {
        await redis?.stop();
        await database.stop();
      }
    });
  }
}

test('what bounds an account on PostgreSQL is changed for all of its keys, on every instance', async (t) => {
  t.timeout(120_000);
  const database = ofServer('PostgreSQL', await startPostgres());
  t.teardown(() => database.stop());
  await withInstances({}, database, async (stage) => {
    const { key } = await stage.first.issue('*', { user: 'alice' });
    const alice = { userId: 'alice', kind: 'user', description: '' } as const;
    const store = await database.open();
    t.teardown(() => store.close());
    const changes = [
      ['bound', 403, () => store.accounts.set({ ...alice, scopes: 'admin/x' }, 'test')],
      ['free', 200, () => database.sql("UPDATE prefect_accounts SET scopes = NULL WHERE user_id = 'alice'")],
      ['bound by plain SQL', 403, () => database.sql("UPDATE prefect_accounts SET scopes = 'admin/x'")],
      ['removed', 401, () => store.accounts.remove('alice', new Date(), 'test')],
    ] as const;
    for (const [what, status, change] of changes) {
      await statuses(stage, key);
      // Right after a change nothing is kept for long, and word of another one would not be needed.
      await delay(SETTLED_MS);
      const before = await statuses(stage, key);
      t.false(before.includes(status), what);
      await change();
      t.true((await timeUntil(stage, key, status)) !== undefined, what);
    }
  });
});

test('while PostgreSQL is down, known keys go on, and who changed meanwhile is noticed when it is back', async (t) => {
  t.timeout(120_000);
  const server = await startPostgres();
  const database = ofServer('PostgreSQL', server);
  try {
    await withInstances({}, database, async (stage) => {
      const { first } = stage;
      const { key } = await first.issue('*');
      const other = await first.issue('*');
      await delay(WORD_MS);
      t.deepEqual(await statuses(stage, key), [200, 200, 200]);
      await server.kill();
      await delay(1_500);
      t.deepEqual(await statuses(stage, key), [200, 200, 200], 'a known key');
      t.deepEqual(await statuses(stage, other.key), [503, 503, 503], 'a key that nobody has seen yet');
      const ready = await fetch(`${first.url}/readyz`);
      t.is(ready.status, 503);
      t.like(await ready.json(), { store: 'unavailable', invalidation: { postgres: 'lost' } });
      await server.restart();
      await silently(stage, `UPDATE prefect_api_keys SET scopes = 'admin/x'`);
      t.true((await timeUntil(stage, key, 403)) !== undefined, 'what changed unheard counts');
      await delay(1_500);
      t.like(await (await fetch(`${first.url}/readyz`)).json(), { store: 'ok', invalidation: { postgres: 'ok' } });
      const warnings = first.log().filter(({ msg }) => String(msg).startsWith('Word of changed keys'));
      t.is(warnings.length, 2, 'told once that it fails, and once that it works');
    });
  } finally {
    await database.stop();
  }
});

test('while Redis is down or hangs, everything goes on without it, with one warning', async (t) => {
  t.timeout(120_000);
  const redis = await startRedis();
  const database = ofServer('PostgreSQL', await startPostgres());
  try {
    await withInstances({ REDIS_URL: redis.url }, database, async (stage) => {
      const { first } = stage;
      for (const [fail, mend] of [
        [() => redis.kill(), () => redis.restart()],
        [async () => redis.signal('SIGSTOP'), async () => redis.signal('SIGCONT')],
      ] as const) {
        const { key, id } = await first.issue('*');
        t.deepEqual(await statuses(stage, key), [200, 200, 200]);
        await fail();
        await delay(1_500);
        t.deepEqual(await statuses(stage, key), [200, 200, 200]);
        t.deepEqual(
          await statuses(stage, (await first.issue('*')).key),
          [200, 200, 200],
          'a key asked for the first time',
        );
        const ready = await fetch(`${first.url}/readyz`);
        t.is(ready.status, 200);
        t.like(await ready.json(), { invalidation: { redis: 'lost', postgres: 'ok' } });
        await database.sql(`UPDATE prefect_api_keys SET revoked_dt = now() WHERE key_id = '${id}'`);
        t.true((await timeUntil(stage, key, 401)) !== undefined, 'revoked meanwhile');
        await mend();
        await delay(2_500);
        t.like(await (await fetch(`${first.url}/readyz`)).json(), { invalidation: { redis: 'ok' } });
      }
      const warnings = first.log().filter(({ msg }) => String(msg).startsWith('Word of changed keys by redis fails'));
      t.is(warnings.length, 2, 'one for each outage');
    });
  } finally {
    await redis.stop();
    await database.stop();
  }
});

test('a key in a table that does not tell of changes is asked for again and again', async (t) => {
  t.timeout(60_000);
  for (const { name, create, creation } of legacyTables.filter((table) => table.dialect === 'mysql')) {
    const database = ofServer(name, await startMariadb());
    await database.sql(`${create}; ${legacyRows(creation)}`);
    const service = await startService(database.settings);
    try {
      await delay(SETTLED_MS);
      const stage = { database, services: [service], first: service };
      t.deepEqual(await statuses(stage, 'testkey001'), [200], name);
      await database.sql("UPDATE prefect_api_keys SET scopes = 'admin/x' WHERE api_key = 'testkey001'");
      t.true((await timeUntil(stage, 'testkey001', 403)) !== undefined, `narrowed in ${name}`);
      const other = await database.open();
      const [key] = (await other.keys.list({ userId: "O'Brien", limit: 1 }, new Date())).keys;
      await other.keys.revoke(key?.id ?? '', new Date(), 'test');
      await other.close();
      t.true((await timeUntil(stage, 'testkey001', 401)) !== undefined, `revoked in ${name}`);
    } finally {
      await service.stop();
      await database.stop();
    }
  }
});
