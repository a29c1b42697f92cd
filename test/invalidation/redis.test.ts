import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createRedisClient } from '../../src/key-cache/redis.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { BOUND_MS, SETTLED_MS } from '../support/timing.ts';

interface Stage {
  readonly database: TestDatabase;
  readonly redis: RedisServer;
  start(): Promise<RunningService>;
}

async function prepareStage(
  t: ExecutionContext,
  [name, startDatabase]: readonly ['PostgreSQL', typeof startPostgres] | readonly ['MariaDB', typeof startMariadb],
  settings: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  t.timeout(120_000);
  const database = ofServer(name, await startDatabase());
  t.teardown(() => database.stop());
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  return {
    database,
    redis,
    async start() {
      const service = await startService({ ...database.settings, ...settings, REDIS_URL: redis.url });
      t.teardown(() => service.stop());
      return service;
    },
  };
}

const statusOf = async ({ url }: RunningService, key: string) => (await ask(url, { headers: bearer(key) })).status;

async function countOf(service: RunningService, origin: string): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(new RegExp(`key_lookups_total\\{origin="${origin}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

test('what one instance has read, another finds in Redis, where no key stands', async (t) => {
  const { redis, start } = await prepareStage(t, ['PostgreSQL', startPostgres]);
  const [one, other] = [await start(), await start()];
  const { key } = await one.issue('*');
  await delay(SETTLED_MS);
  t.is(await statusOf(one, key), 200);
  t.is(await statusOf(other, key), 200);
  t.deepEqual([await countOf(one, 'store'), await countOf(one, 'shared')], [1, 0]);
  t.deepEqual([await countOf(other, 'store'), await countOf(other, 'shared')], [0, 1]);
  const client = await createRedisClient(redis.url).connect();
  t.teardown(() => client.destroy());
  const names = await client.keys('*');
  t.true(names.length >= 2);
  for (const name of names) t.false(`${name} ${await client.get(name)}`.includes(key));
});

test('a key that was revoked while no instance was there is refused, whatever Redis still holds', async (t) => {
  const { database, redis, start } = await prepareStage(t, ['PostgreSQL', startPostgres]);
  const before = await start();
  const { key, id } = await before.issue('*');
  await delay(SETTLED_MS);
  t.is(await statusOf(before, key), 200);
  await before.service.close();
  await database.sql(`UPDATE prefect_api_keys SET revoked_dt = now() WHERE key_id = '${id}'`);
  const client = await createRedisClient(redis.url).connect();
  t.teardown(() => client.destroy());
  t.is((await client.keys('*')).length, 2, 'the epoch and the key');
  const after = await start();
  await delay(SETTLED_MS);
  t.is(await statusOf(after, key), 401);
});

test('by Redis alone, an instance hears what is said to another', async (t) => {
  const { database, start } = await prepareStage(t, ['MariaDB', startMariadb], { CACHE_POLL_INTERVAL: '600' });
  const services = [await start(), await start()] as const;
  const [one] = services;
  const operator = bearer((await one.issue('*, admin/*', { to: 14_400_000 })).key);
  const statuses = (key: string) => Promise.all(services.map((service) => statusOf(service, key)));
  const narrow = (id: string) => database.sql(`UPDATE prefect_api_keys SET scopes = 'admin/x' WHERE key_id = '${id}'`);
  const words = [
    ['DELETE', (id: string) => `/cache/${id}`, narrow, 403],
    ['POST', () => '/cache/reset', narrow, 403],
    ['POST', (id: string) => `/admin/keys/${id}/revoke`, async () => {}, 401],
    ['POST', (id: string) => `/admin/keys/${id}/rotate`, async () => {}, 401],
  ] as const;
  for (const [method, path, change, status] of words) {
    const { key, id } = await one.issue('*');
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(key), [200, 200]);
    await change(id);
    await delay(1_000);
    t.deepEqual(await statuses(key), [200, 200], 'nobody has told');
    const body = path(id).endsWith('rotate') ? { body: '{"graceSeconds":0}' } : {};
    const headers = { ...operator, 'Content-Type': 'application/json' };
    const answer = await fetch(`${one.url}${path(id)}`, { method, headers, ...body });
    t.true(answer.ok, await answer.text());
    const end = performance.now() + BOUND_MS;
    let latest = await statuses(key);
    while (latest.some((each) => each !== status) && performance.now() < end) {
      await delay(10);
      latest = await statuses(key);
    }
    t.deepEqual(latest, [status, status], path(id));
  }
});
