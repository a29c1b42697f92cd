import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { ask, bearer } from '../support/service/service.ts';
import { startServiceProcess } from '../support/service/service-process.ts';
import { ofServer } from '../support/service/stores.ts';
import { issueKey } from './issue-key.ts';

/** Docker waits ten seconds before it kills; the machine that runs the tests may be busy. */
const PATIENCE_MS = 20_000;

/** Has it stop when a use of a key waits to be noted, and returns how it ended. */
async function stopAfter(
  fail: () => unknown,
  key: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ code: number | null | 'it goes on'; output: string }> {
  const service = await startServiceProcess(settings);
  try {
    for (let count = 0; count < 4; count++)
      await ask(service.url, { headers: { ...bearer(key), Connection: 'close' } });
    await fail();
    service.kill('SIGTERM');
    const patience = delay(PATIENCE_MS, 'it goes on' as const, { ref: false });
    return { code: await Promise.race([service.exited, patience]), output: service.output() };
  } finally {
    service.kill('SIGKILL');
    await service.exited;
  }
}

function processesThatSaid(output: string, words: RegExp): (string | undefined)[] {
  const lines = output.split('\n').filter((line) => words.test(line));
  return lines.map((line) => /"pid":(\d+)/.exec(line)?.[1]);
}

for (const [name, start] of [
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
] as const) {
  test(`a stop is clean, or says what failed and ends all the same, with ${name}`, async (t) => {
    t.timeout(120_000);
    const server = await start();
    const database = ofServer(name, server);
    t.teardown(() => database.stop());
    const key = await issueKey(database);
    const settings = { ...database.settings, LOG_LEVEL: 'info' };

    const clean = await stopAfter(() => {}, key, settings);
    t.is(clean.code, 0, clean.output);
    t.regex(clean.output, /"msg":"stopped"/);

    const failing = await stopAfter(() => server.signal('SIGSTOP'), key, { ...settings, DB_TIMEOUT: '1' });
    server.signal('SIGCONT');
    t.not(failing.code, 'it goes on', failing.output);
    t.regex(failing.output, /The times when keys were last used could not be saved/);

    for (const more of [{}, { WORKERS: '2' }]) {
      const patient = { ...settings, ...more, DB_TIMEOUT: '60' };
      const hanging = await stopAfter(() => server.signal('SIGSTOP'), key, patient);
      server.signal('SIGCONT');
      t.is(hanging.code, 1, hanging.output);
      t.regex(hanging.output, /"msg":"The database was not closed: It did not end within \d+ ms\."/);
      // A worker that nobody asked has nothing to note, and may stop cleanly beside the other.
      const failed = processesThatSaid(hanging.output, /The database was not closed/);
      const stopped = processesThatSaid(hanging.output, /"msg":"stopped"/);
      t.false(
        failed.some((pid) => stopped.includes(pid)),
        hanging.output,
      );
      t.notRegex(hanging.output, /\n {4}at /, 'no unhandled error');
    }

    const gone = await stopAfter(() => server.kill(), key, settings);
    t.is(gone.code, 0, gone.output);
    t.regex(gone.output, /The times when keys were last used could not be saved/);
  });
}

test('a stop is clean while Redis is gone or hangs', async (t) => {
  t.timeout(60_000);
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const database = ofServer('PostgreSQL', await startPostgres());
  t.teardown(() => database.stop());
  const key = await issueKey(database);
  for (const fail of [() => redis.signal('SIGSTOP'), () => redis.kill()]) {
    const { code, output } = await stopAfter(fail, key, { ...database.settings, REDIS_URL: redis.url });
    t.is(code, 0, output);
    redis.signal('SIGCONT');
  }
});

test('a stop is announced, and loses no request of who keeps a connection open', async (t) => {
  const service = await startServiceProcess({ SHUTDOWN_DELAY: '2' });
  const socket = connect(service.port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  const askOn = async () => {
    socket.write('GET /auth HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  };
  t.regex(await askOn(), /^HTTP\/1\.1 40\d .*\r\nConnection: keep-alive\r\n/s);
  t.is((await fetch(`${service.url}/readyz`)).status, 200);
  service.kill('SIGTERM');
  await delay(1_000);
  const ready = await fetch(`${service.url}/readyz`, { headers: { Connection: 'close' } });
  t.is(ready.status, 503);
  t.deepEqual(await ready.json(), { status: 'stopping' });
  t.regex(await askOn(), /^HTTP\/1\.1 40\d .*\r\nConnection: keep-alive\r\n/s, 'it still takes requests');
  await delay(1_500);
  await t.throwsAsync(once(connect(service.port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
  t.false(service.hasExited());
  t.regex(await askOn(), /^HTTP\/1\.1 40\d .*\r\nConnection: close\r\n/s, 'and this one, which is the last');
  t.is(await service.exited, 0);
});
