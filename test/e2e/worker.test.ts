import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import anyTest, { type TestFn } from 'ava';
import { type Demo, startDemo } from '../demo/start-demo.ts';
import type { RunningProgram } from '../support/process/child-process.ts';
import { installPrefect, type PrefectServer, startPrefect } from '../support/servers/prefect.ts';
import { createKey } from '../support/service/create-key.ts';
import { ask, bearer } from './ask.ts';
import { readAuditTrail } from './audit-trail.ts';
import { createPrefectClient, customHeaders, type PrefectClient } from './prefect-client.ts';

type Row = Readonly<Record<string, unknown>>;

interface Context {
  readonly folder: string;
  readonly demo: Demo<PrefectServer>;
  readonly developer: PrefectClient;
  readonly runner: PrefectClient;
  readonly worker: PrefectClient;
  /** What runs beside the tests, the latest last. */
  readonly programs: RunningProgram[];
}

const test = anyTest.serial as TestFn<Context>;

test.before('the gate and a Prefect 3 server start, and keys are issued', async (t) => {
  t.timeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
  const prefect = await installPrefect();
  const demo = await startDemo({ folder, upstream: () => startPrefect(prefect, join(folder, 'prefect')) });
  const createClient = async (role: string): Promise<PrefectClient> => {
    const key = await createKey(demo.dataDir, role, { role });
    const settings = { ...customHeaders(key), PREFECT_WORKER_QUERY_SECONDS: '2', PREFECT_RUNNER_POLL_FREQUENCY: '2' };
    return createPrefectClient(prefect, join(folder, role), demo.nginx, settings);
  };
  t.context = {
    folder,
    demo,
    developer: await createClient('developer'),
    runner: await createClient('runner'),
    worker: await createClient('worker'),
    programs: [],
  };
});

test.after.always('everything stops', async (t) => {
  for (const program of t.context.programs ?? []) await program.stop();
  await t.context.demo?.stop();
  if (t.context.folder) await rm(t.context.folder, { recursive: true, force: true });
});

test('a developer sets up a work pool, a limit, a variable and a secret, and deploys a flow', async (t) => {
  const { developer } = t.context;
  for (const command of [
    ['work-pool', 'create', '--type', 'process', 'yard'],
    ['concurrency-limit', 'create', 'database', '1'],
    ['--no-prompt', 'deploy', 'day_at_work.py:day_at_work', '--name', 'shift', '--pool', 'yard'],
    // Deploying again updates, and removes the triggers of the earlier version.
    ['--no-prompt', 'deploy', 'day_at_work.py:day_at_work', '--name', 'shift', '--pool', 'yard'],
  ]) {
    const { status, output } = await developer.prefect(...command);
    t.is(status, 0, output);
  }
  const { status, output } = await developer.run('prepare.py');
  t.is(status, 0, output);
});

test('a worker runs what a runner starts: logs, artifact, variable, secret, tagged tasks and a subflow', async (t) => {
  const { runner, worker } = t.context;
  t.context.programs.push(worker.start('prefect', 'worker', 'start', '--pool', 'yard', '--name', 'hand'));
  const started = await runner.prefect('deployment', 'run', 'day-at-work/shift');
  t.is(started.status, 0, started.output);
  const run = await waitForRun(t.context, 'COMPLETED');
  const logs = await waitFor(t.context, '/api/logs/filter', (rows) =>
    rows.some(({ message }) => message === 'the day begins in Paris'),
  );
  t.true(logs.some(({ message }) => message === 'the secret has 7 characters'));
  t.like((await read(t.context, '/api/artifacts/filter'))[0], { key: 'report', data: 'The result is 3' });
  const runs = await read(t.context, '/api/flow_runs/filter');
  t.deepEqual(
    runs.map(({ state_type }) => state_type),
    ['COMPLETED', 'COMPLETED'],
    'the run and its subflow',
  );
  t.is(run.work_pool_name, 'yard');
  const taskRuns = await waitFor(
    t.context,
    '/api/task_runs/filter',
    (rows) => rows.filter(({ state_type }) => state_type === 'COMPLETED').length === 3,
  );
  t.deepEqual(taskRuns.map(({ name }) => `${name}`.split('-')[0]).sort(), ['limited', 'limited', 'subflow']);
});

test('a run is cancelled by a developer and not by a runner', async (t) => {
  const { runner, developer } = t.context;
  await runner.prefect('deployment', 'run', 'day-at-work/shift', '--param', 'seconds=300');
  const { id } = await waitForRun(t.context, 'RUNNING');
  const refused = await runner.prefect('flow-run', 'cancel', `${id}`);
  t.not(refused.status, 0);
  t.regex(refused.output, /mutation\/set_flow_run_state/);
  t.is((await waitForRun(t.context, 'RUNNING')).id, id);
  const cancelled = await developer.prefect('flow-run', 'cancel', `${id}`);
  t.is(cancelled.status, 0, cancelled.output);
  t.is((await waitForRun(t.context, 'CANCELLED')).id, id);
});

test('a developer serves a flow from a terminal', async (t) => {
  const { developer, runner } = t.context;
  const [workerProgram] = t.context.programs;
  await workerProgram?.stop();
  t.context.programs.push(developer.start('day_at_work.py'));
  await waitFor(t.context, '/api/deployments/filter', (rows) => rows.some(({ name }) => name === 'served'));
  const started = await runner.prefect('deployment', 'run', 'day-at-work/served');
  t.is(started.status, 0, started.output);
  await waitForRun(t.context, 'COMPLETED', 2);
  for (const program of t.context.programs ?? []) await program.stop();
});

/** What the handshake of the worker's channel needs, through which it could change the template of its pool. */
const channel = [
  'mutation/worker_channel_connect',
  'mutation/worker_heartbeat',
  'mutation/create_work_pool',
  'mutation/update_work_pool',
  'mutation/override_base_job_template',
];

test('nobody was refused what his role is for', async (t) => {
  const refused = readAuditTrail(t.context.demo.service.output()).filter(({ outcome }) => outcome === 'deny');
  t.deepEqual(
    refused.map(({ user, operations, reason }) => [user, operations, reason]),
    [
      ['worker', channel, 'insufficient_scope'],
      ['runner', ['mutation/set_flow_run_state'], 'insufficient_scope'],
    ],
    'the worker, which then asks by HTTP, and the runner who wanted to cancel',
  );
});

/** Waits until `count` runs of the deployed flow are in a state, and gives the last that came. */
async function waitForRun(context: Context, state: string, count = 1): Promise<Row> {
  const isWanted = ({ state_type, parent_task_run_id }: Row): boolean => state_type === state && !parent_task_run_id;
  const rows = await waitFor(context, '/api/flow_runs/filter', (runs) => runs.filter(isWanted).length >= count);
  return rows.find(isWanted) ?? {};
}

async function waitFor(context: Context, path: string, isThere: (rows: Row[]) => boolean): Promise<Row[]> {
  for (let tries = 0; tries < 480; tries++) {
    const rows = await read(context, path);
    if (isThere(rows)) return rows;
    await sleep(500);
  }
  const rows = JSON.stringify(await read(context, path), null, 2);
  throw new Error(`It did not come about:\n${rows}\n${context.programs.at(-1)?.output()}`);
}

async function read({ demo }: Context, path: string): Promise<Row[]> {
  return JSON.parse((await ask(demo.nginx, path, { headers: bearer(demo.ownerKey), body: {} })).text);
}
