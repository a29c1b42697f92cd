import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { startDemo } from '../demo/start-demo.ts';
import { installPrefect, startPrefect } from '../support/servers/prefect.ts';
import { createKey } from '../support/service/create-key.ts';
import { ask, bearer, handshake } from './ask.ts';
import { readAuditTrail } from './audit-trail.ts';
import { createPrefectClient } from './prefect-client.ts';

const foreign = { job_configuration: { command: 'touch pwned' }, variables: { type: 'object', properties: {} } };

for (const version of ['3', '2.20']) {
  test.serial(
    `a real worker of Prefect ${version} works with its role, and changes no other pool's template`,
    async (t) => {
      t.timeout(600_000);
      const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
      t.teardown(() => rm(folder, { recursive: true, force: true }));
      const prefect = await installPrefect(version);
      const demo = await startDemo({ folder, upstream: () => startPrefect(prefect, join(folder, 'prefect')) });
      t.teardown(demo.stop);
      const createClient = (name: string, key: string) =>
        createPrefectClient(prefect, join(folder, name), demo.nginx, {
          PREFECT_API_URL: `https://${name}:${key}@${new URL(demo.url).host}/api`,
          PREFECT_UI_URL: demo.url,
          PREFECT_WORKER_QUERY_SECONDS: '2',
        });
      const send = async (key: string, method: string, path: string, body?: object) =>
        ask(demo.nginx, `/api${path}`, { method, headers: bearer(key), ...(body && { body }) });
      const poolOf = async (name: string) => JSON.parse((await send(demo.ownerKey, 'GET', `/work_pools/${name}`)).text);

      const workerKey = await createKey(demo.dataDir, 'worker', { role: 'worker' });
      const ownKey = await createKey(demo.dataDir, 'own', { role: 'worker', 'work-pool': 'bare' });
      const owner = await createClient('owner', demo.ownerKey);
      const worker = await createClient('worker', workerKey);
      const own = await createClient('own', ownKey);

      for (const command of [
        ['work-pool', 'create', '--type', 'process', 'yard'],
        ['--no-prompt', 'deploy', 'three_tasks.py:three_tasks', '--name', 'daily', '--pool', 'yard'],
        ['deployment', 'run', 'three-tasks/daily'],
      ]) {
        const { status, output } = await owner.prefect(...command);
        t.is(status, 0, output);
      }

      const running = worker.start('prefect', 'worker', 'start', '--pool', 'yard', '--name', 'hand');
      t.teardown(() => running.stop());
      let states: string[] = [];
      for (let tries = 0; states[0] !== 'COMPLETED' && tries < 240; tries++) {
        await sleep(500);
        const runs = JSON.parse((await send(demo.ownerKey, 'POST', '/flow_runs/filter', {})).text);
        states = runs.map(({ state_type }: { state_type: string }) => state_type);
      }
      t.deepEqual(states, ['COMPLETED'], running.output());
      await running.stop();

      // A pool that is not there is created, and filled, by a key that names it and by no other.
      const start = ['worker', 'start', '--pool', 'bare', '--type', 'process', '--run-once'];
      t.regex((await worker.prefect(...start)).output, /lacks the scope mutation\/create_work_pool/);
      t.is((await poolOf('bare')).base_job_template, undefined);
      t.is((await send(demo.ownerKey, 'POST', '/work_pools/', { name: 'bare', type: 'process' })).status, 201);
      t.regex((await worker.prefect(...start)).output, /lacks the scope mutation\/update_work_pool/);
      t.deepEqual((await poolOf('bare')).base_job_template, {});
      t.is((await send(demo.ownerKey, 'DELETE', '/work_pools/bare')).status, 204);
      const filled = await own.prefect(...start);
      t.is(filled.status, 0, filled.output);
      t.truthy((await poolOf('bare')).base_job_template.job_configuration);

      // Neither key reaches another pool.
      const before = await poolOf('yard');
      for (const key of [workerKey, ownKey]) {
        const answer = await send(key, 'PATCH', '/work_pools/yard', { base_job_template: foreign });
        t.is(answer.status, 403, answer.text);
        t.regex(answer.text, /lacks the scope mutation\/update_work_pool/);
        t.is((await send(key, 'DELETE', '/work_pools/yard')).status, 403);
        const channel = '/api/work_pools/yard/workers/connect';
        t.is((await ask(demo.nginx, channel, { headers: { ...bearer(key), ...handshake } })).status, 403);
      }
      t.deepEqual(await poolOf('yard'), before);
      t.is((await send(ownKey, 'PATCH', '/work_pools/bare', { base_job_template: foreign })).status, 204);

      const denied = readAuditTrail(demo.service.output()).filter(({ outcome }) => outcome === 'deny');
      const refusedTo = (user: string) =>
        new Set(denied.filter((line) => line.user === user).flatMap(({ operations }) => operations[0] ?? []));
      t.deepEqual(
        [...refusedTo('worker')].sort(),
        [
          'mutation/create_work_pool',
          'mutation/delete_work_pool',
          'mutation/update_work_pool',
          'mutation/worker_channel_connect',
        ],
        'a worker is refused nothing that it needs',
      );
    },
  );
}
