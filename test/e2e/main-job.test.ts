import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import anyTest, { type TestFn } from 'ava';
import { generateKey } from '../../src/keys/key-format.ts';
import { type Demo, startDemo } from '../demo/start-demo.ts';
import { startApollo } from '../prefect1/apollo.ts';
import { installPrefect, type PrefectServer, startPrefect } from '../support/servers/prefect.ts';
import { createKey } from '../support/service/create-key.ts';
import { ask, bearer, handshake, type Question } from './ask.ts';
import { readAuditTrail } from './audit-trail.ts';
import { createPrefectClient, customHeaders, type PrefectClient } from './prefect-client.ts';

interface Context {
  readonly demo: Demo<PrefectServer>;
  readonly owner: PrefectClient;
  readonly viewer: PrefectClient;
  readonly keys: Readonly<Record<'owner' | 'viewer' | 'expired' | 'unknown', string>>;
  readonly expiresAt: number;
  readonly folder: string;
}

const test = anyTest.serial as TestFn<Context>;

test.before('nginx, the service and a Prefect 3 server start', async (t) => {
  t.timeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
  const prefect = await installPrefect();
  const demo = await startDemo({
    folder,
    upstream: () => startPrefect(prefect, join(folder, 'prefect')),
    // Every request and answer is logged, which is where a key could slip in.
    serviceSettings: { LOG_LEVEL: 'info' },
  });
  const viewerKey = await createKey(demo.dataDir, 'victor', { role: 'viewer' });
  const expiresAt = Date.now() + 10_000;
  const expired = await createKey(demo.dataDir, 'erin', { role: 'owner' }, new Date(expiresAt).toISOString());
  t.context = {
    demo,
    folder,
    expiresAt,
    owner: await createPrefectClient(prefect, join(folder, 'olivia'), demo.nginx, customHeaders(demo.ownerKey)),
    viewer: await createPrefectClient(prefect, join(folder, 'victor'), demo.nginx, customHeaders(viewerKey)),
    keys: { owner: demo.ownerKey, viewer: viewerKey, expired, unknown: generateKey() },
  };
});

test.after.always('everything stops', async (t) => {
  await t.context.demo?.stop();
  if (t.context.folder) await rm(t.context.folder, { recursive: true, force: true });
});

test('an owner works with `prefect` as if there were no gate', async (t) => {
  const { owner } = t.context;
  const version = await owner.prefect('version');
  t.regex(version.output, /Server type: +server/);
  const created = await owner.prefect('work-pool', 'create', '--type', 'process', 'machines');
  t.is(created.status, 0, created.output);
  const listed = await owner.prefect('work-pool', 'ls');
  t.is(listed.status, 0, listed.output);
  t.regex(listed.output, /machines/);
});

test("an owner's flow is recorded: its run, its task runs, the retry and the logs", async (t) => {
  const { owner, demo, keys } = t.context;
  const read = async (path: string): Promise<Record<string, unknown>[]> =>
    JSON.parse((await ask(demo.nginx, path, { headers: bearer(keys.owner), body: {} })).text);
  const { status, output } = await owner.run('three_tasks.py');
  t.is(status, 0, output);
  t.notRegex(output, /Unable to connect|lost|EventsWorker/);
  const [run] = await read('/api/flow_runs/filter');
  t.is(run?.state_type, 'COMPLETED');
  // The server builds task runs from events, a moment later.
  let taskRuns = await read('/api/task_runs/filter');
  for (let tries = 0; taskRuns.some(({ state_type }) => state_type !== 'COMPLETED') || taskRuns.length < 3; tries++) {
    if (tries === 60) t.fail('the task runs did not all appear');
    await sleep(500);
    taskRuns = await read('/api/task_runs/filter');
  }
  const runCounts = Object.fromEntries(taskRuns.map(({ name, run_count }) => [`${name}`.split('-')[0], run_count]));
  t.deepEqual(runCounts, { extract: 1, transform: 2, load: 1 });
  const messages = (await read('/api/logs/filter')).map(({ message }) => message);
  t.true(messages.includes('the answer is 42'), messages.join('\n'));
});

test('a viewer reads the same, and is told the scope that creating a work pool takes', async (t) => {
  const { viewer, owner } = t.context;
  const listed = await viewer.prefect('work-pool', 'ls');
  t.is(listed.status, 0, listed.output);
  t.regex(listed.output, /machines/);
  t.regex((await viewer.prefect('flow-run', 'ls')).output, /three-tasks/);
  const refused = await viewer.prefect('work-pool', 'create', '--type', 'process', 'mine');
  t.is(refused.status, 1);
  t.regex(refused.output, /lacks the scope mutation\/create_work_pool/);
  t.notRegex((await owner.prefect('work-pool', 'ls')).output, /mine/);
});

test('without a key that holds, nothing arrives at Prefect', async (t) => {
  const { demo, keys, expiresAt } = t.context;
  await sleep(Math.max(0, expiresAt - Date.now()) + 100);
  const credentials = {
    missing_credential: {},
    unknown_key: bearer(keys.unknown),
    expired_key: bearer(keys.expired),
    malformed_credential: { Authorization: 'Bearer' },
  };
  const before = await demo.upstream.arrivals();
  for (const [reason, headers] of Object.entries(credentials)) {
    const questions: Record<string, Question> = {
      '/api/admin/version': { headers },
      '/api/flows/filter': { headers, body: {} },
      '/api/work_pools/': { headers, body: { name: 'mine' } },
      '/api/flow_runs/00000000-0000-0000-0000-000000000000': { headers, method: 'DELETE' },
      '/api/events/in': { headers: { ...headers, ...handshake } },
      '/graphql': { headers, body: { query: '{ flow { id } }' } },
    };
    for (const [path, question] of Object.entries(questions)) {
      const answer = await ask(demo.nginx, path, question);
      t.is(answer.status, 401, `${path} ${reason}`);
      t.regex(JSON.parse(answer.text).detail, new RegExp(`^${reason}; `), path);
      t.truthy(answer.headers['www-authenticate'], path);
    }
  }
  await ask(demo.nginx, '/api/admin/version', { headers: bearer(keys.viewer) });
  t.deepEqual(await demo.upstream.arrivals(), [...before, 'GET /api/admin/version'], 'but for the one with a key');
});

test('an allowed GraphQL mutation arrives byte for byte, a forbidden one does not arrive', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
  const demo = await startDemo({ folder, upstream: () => startApollo('2.25') });
  t.teardown(async () => {
    await demo.stop();
    await rm(folder, { recursive: true });
  });
  const key = await createKey(demo.dataDir, 'rosa', { scopes: 'query/*, mutation/create_flow_run' });
  // Spaces, escapes and line ends are what a proxy that parses and writes again would change.
  const allowed =
    '{ "query" :"mutation($input: create_flow_run_input!) {\\n  create_flow_run(input: $input) { id } }",\r\n\t"variables":"{\\"input\\": {\\"flow_id\\": \\"\\u00fc\\"}}" }';
  const answer = await ask(demo.nginx, '/graphql', { headers: bearer(key), body: allowed });
  t.is(answer.status, 200, answer.text);
  t.deepEqual(demo.upstream.takeCalls(), ['mutation/create_flow_run']);
  t.is(demo.upstream.lastBody().toString(), allowed);

  const forbidden = {
    query: 'query { flow { id } } mutation Drop { delete_flow(input: {}) { success } }',
    operationName: 'Drop',
  };
  const refusal = await ask(demo.nginx, '/graphql', { headers: bearer(key), body: forbidden });
  t.is(refusal.status, 403);
  t.regex(JSON.parse(refusal.text).detail, /insufficient_scope; .*mutation\/delete_flow/);
  t.deepEqual(demo.upstream.takeCalls(), []);
});

test('the audit trail tells who changed what and who was refused', async (t) => {
  const { demo } = t.context;
  const trail = readAuditTrail(demo.service.output());
  const told = (user: string, outcome: string, operation: string): boolean =>
    trail.some((event) => event.user === user && event.outcome === outcome && event.operations.includes(operation));
  t.true(told('olivia', 'allow', 'mutation/create_work_pool'));
  t.true(told('olivia', 'allow', 'mutation/stream_events_in'));
  t.true(told('victor', 'deny', 'mutation/create_work_pool'));
  t.true(
    trail.some(
      ({ reason, operations }) => reason === 'expired_key' && operations.includes('mutation/create_work_pool'),
    ),
  );
  t.false(trail.some(({ user, outcome }) => user === 'olivia' && outcome === 'deny'));
});

test('nothing that was printed holds a key', async (t) => {
  const { demo, keys } = t.context;
  const printed = { service: demo.service.output(), nginx: demo.nginx.log(), prefect: demo.upstream.output() };
  for (const [program, output] of Object.entries(printed)) {
    t.true(output.length > 1000, `${program} printed something`);
    for (const [name, key] of Object.entries(keys)) {
      t.false(output.includes(key), `${program} printed the key ${name}`);
      t.false(output.includes(key.slice(4, 20)), `${program} printed a part of the key ${name}`);
    }
  }
});
