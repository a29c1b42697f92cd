import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { startPostgres } from '../support/servers/postgres.ts';
import { ask, bearer } from '../support/service/service.ts';
import { startServiceProcess } from '../support/service/service-process.ts';
import { ofServer } from '../support/service/stores.ts';
import { issueKey } from './issue-key.ts';

test('WORKERS share one port, are replaced when one dies, tell their metrics together, and stop together', async (t) => {
  t.timeout(120_000);
  const database = ofServer('PostgreSQL', await startPostgres());
  const key = await issueKey(database, '*, admin/logs');
  const service = await startServiceProcess({ ...database.settings, WORKERS: '2', LOG_LEVEL: 'error' });
  const askOnce = async () => (await ask(service.url, { headers: { ...bearer(key), Connection: 'close' } })).status;
  const waitForListeners = async (count: number) => {
    for (let attempt = 0; attempt < 400; attempt++) {
      if ((service.output().match(/listens on/g) ?? []).length >= count) return;
      await delay(50);
    }
    throw new Error(`There are fewer than ${count} workers:\n${service.output()}`);
  };
  try {
    await waitForListeners(2);
    for (let count = 0; count < 20; count++) t.is(await askOnce(), 200);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    t.regex(metrics, /prefect_auth_decisions_total\{outcome="allow",reason=""\} 20\n/);
    t.regex(metrics, /prefect_auth_invalidation_channel_open\{channel="postgres"\} 1\n/);

    const answer = await fetch(`${service.url}/logs/info`, { method: 'POST', headers: bearer(key) });
    t.is(answer.status, 200);
    await delay(500);
    for (let count = 0; count < 20; count++) t.is(await askOnce(), 200);
    await delay(500);
    t.is(service.output().match(/"path":"\/auth"/g)?.length, 20, 'each worker tells of every request');

    const [worker] = readFileSync(`/proc/${service.pid}/task/${service.pid}/children`, 'utf8').split(' ').map(Number);
    if (worker === undefined) throw new Error('no worker');
    process.kill(worker, 'SIGKILL');
    for (let count = 0; count < 20; count++) t.is(await askOnce(), 200, 'the other one goes on');
    await waitForListeners(3);
    t.is(await askOnce(), 200);
    const stopping = performance.now();
    await service.stop();
    t.is(await service.exited, 0);
    t.true(performance.now() - stopping < 10_000);
  } finally {
    await service.stop();
    await database.stop();
  }
});
