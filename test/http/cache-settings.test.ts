import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';
import { ofServer } from '../support/service/stores.ts';
import { SETTLED_MS } from '../support/timing.ts';

async function start(t: ExecutionContext, settings: Readonly<Record<string, string>>) {
  t.timeout(60_000);
  const server = await startPostgres();
  const database = ofServer('PostgreSQL', server);
  t.teardown(() => database.stop());
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  const service = await startService({ ...database.settings, ...settings });
  t.teardown(() => service.stop());
  const keys = [await service.issue('*, admin/cache'), await service.issue('*')] as const;
  await delay(SETTLED_MS);
  return { server, service, keys };
}

const statusOf = async ({ url }: RunningService, { key }: { key: string }) =>
  (await ask(url, { headers: bearer(key) })).status;

async function questionsToStore({ url }: RunningService): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/key_lookups_total\{origin="store"\} (\d+)/.exec(text)?.[1] ?? 0);
}

test('CACHE_MAX_KEYS is how many keys are kept', async (t) => {
  const { service, keys } = await start(t, { CACHE_MAX_KEYS: '1' });
  for (const key of [keys[0], keys[0], keys[1], keys[1], keys[0]]) t.is(await statusOf(service, key), 200);
  t.is(await questionsToStore(service), 3);
});

test('CACHE_TTL is for how long, and CACHE_CHECK_PERIOD when what has outlived it goes', async (t) => {
  for (const [period, detail] of [
    ['1', 'The key was not cached here.'],
    ['300', 'The key is no longer cached.'],
  ] as const) {
    const settings = { CACHE_TTL: '1', CACHE_CHECK_PERIOD: period, STALE_IF_ERROR: '0' };
    const { service, keys } = await start(t, settings);
    const [operator, subject] = keys;
    t.is(await statusOf(service, subject), 200);
    t.is(await statusOf(service, subject), 200);
    t.is(await questionsToStore(service), 1);
    await delay(1_100);
    t.is(await statusOf(service, subject), 200);
    t.is(await questionsToStore(service), 2);
    await delay(2_200);
    const answer = await fetch(`${service.url}/cache/${subject.id}`, {
      method: 'DELETE',
      headers: bearer(operator.key),
    });
    t.like(await answer.json(), { detail }, `CACHE_CHECK_PERIOD=${period}`);
  }
});

test('STALE_IF_ERROR is for how long a known key goes on while the database is down', async (t) => {
  for (const [seconds, status] of [
    ['0', 503],
    ['300', 200],
  ] as const) {
    const { server, service, keys } = await start(t, { STALE_IF_ERROR: seconds });
    t.is(await statusOf(service, keys[1]), 200);
    await server.kill();
    await delay(2_000);
    t.is(await statusOf(service, keys[1]), status, `STALE_IF_ERROR=${seconds}`);
  }
});
