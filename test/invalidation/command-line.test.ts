import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { prepareTables } from '../../src/storage/migrate.ts';
import { runCli } from '../support/process/run-cli.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startRedis } from '../support/servers/redis.ts';
import { ask, bearer, startService } from '../support/service/service.ts';
import { ofServer } from '../support/service/stores.ts';
import { BOUND_MS, SETTLED_MS } from '../support/timing.ts';

test('by Redis, what the command line changes is known on every instance of MariaDB before it is asked', async (t) => {
  t.timeout(120_000);
  const database = ofServer('MariaDB', await startMariadb());
  t.teardown(() => database.stop());
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  const settings = { ...database.settings, REDIS_URL: redis.url, CACHE_POLL_INTERVAL: '600' };
  const services = await Promise.all([startService(settings), startService(settings)]);
  t.teardown(() => Promise.all(services.map((service) => service.stop())));
  const [first] = services;
  const statuses = (key: string) =>
    Promise.all(services.map(async ({ url }) => (await ask(url, { headers: bearer(key) })).status));
  const statusesInTime = async (key: string, status: number) => {
    const end = performance.now() + BOUND_MS;
    for (;;) {
      const now = await statuses(key);
      if (now.every((each) => each === status) || performance.now() > end) return now;
      await delay(10);
    }
  };
  const changes: readonly (readonly [user: string, status: number, words: (id: string) => readonly string[]])[] = [
    ['alice', 401, (id) => ['keys', 'revoke', id]],
    ['bob', 401, (id) => ['keys', 'rotate', id, '--grace', '0']],
    ['carol', 403, () => ['accounts', 'set', 'carol', '--scopes', 'query/hello']],
    ['dave', 401, () => ['accounts', 'remove', 'dave']],
  ];
  await runCli(settings, ['accounts', 'set', 'dave', '--scopes', '*']);
  const keys = await Promise.all(changes.map(([user]) => first.issue('*', { user })));
  await delay(SETTLED_MS);
  for (const { key } of keys) t.deepEqual(await statuses(key), [200, 200]);
  for (const [index, [, status, words]] of changes.entries()) {
    const { key = '', id = '' } = keys[index] ?? {};
    // Right after a change nothing is kept for long, and word of another one would not be needed.
    await delay(SETTLED_MS);
    t.deepEqual(await statuses(key), [200, 200]);
    const result = await runCli(settings, words(id));
    t.is(result.status, 0, result.stderr);
    t.is(result.stderr, '');
    t.deepEqual(await statusesInTime(key, status), [status, status], words(id).join(' '));
  }

  await redis.kill();
  const { id } = await first.issue('*', { user: 'erin' });
  const result = await runCli(settings, ['keys', 'revoke', id]);
  t.is(result.status, 0, 'the change itself is made');
  t.regex(result.stderr, /Redis .*REDIS_URL/);
  t.false(result.stderr.includes(redis.url));
});
