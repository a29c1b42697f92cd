import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { type Apollo, startApollo } from '../prefect1/apollo.ts';
import { renderTemplates } from '../prefect1/virtual-host.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { createPrefect1Client, type Prefect1Client } from '../support/servers/prefect1.ts';
import { type RunningService, startService } from '../support/service/service.ts';

interface Prefect1 {
  readonly apollo: Apollo;
  readonly service: RunningService;
  readonly nginx: Nginx;
}

const test = anyTest as TestFn<Prefect1>;

/** The sample policy of the service that this one replaces; what a team adds to what everyone has. */
const policy = {
  team: 'query/*',
  operations: 'query/*, mutation/create_flow_run, mutation/cancel_flow_run, mutation/set_flow_run_states',
  devops: 'query/*, mutation/*',
};
const tenantId = '6f1c3f9e-8d0b-4c4f-9a53-0d7f8f0a1b2c';
const flowRunId = '3e216621-8e22-4f7f-af69-284c644cba05';
const flow = {
  id: 'f1c3f9e6-8d0b-4c4f-9a53-0d7f8f0a1b2c',
  name: 'etl',
  settings: {},
  run_config: null,
  serialized_flow: {},
  archived: false,
  project: { name: 'sales' },
  core_version: '1.4.1',
  storage: { type: 'Local', __version__: '1.4.1', directory: '/flows', path: null, flows: {}, secrets: [] },
  flow_group: { labels: [] },
};
const state = {
  type: 'Scheduled',
  message: null,
  result: null,
  start_time: '2022-01-01T00:00:00+00:00',
  __version__: '1.4.1',
  cached_inputs: null,
};
const flowRun = {
  id: flowRunId,
  name: 'lazy-otter',
  flow_id: flow.id,
  serialized_state: state,
  states: [],
  labels: [],
  parameters: {},
  context: {},
  updated: '2022-01-01T00:00:00+00:00',
  run_config: null,
};

test.before(async (t) => {
  t.timeout(600_000, 'installing Prefect 1');
  const apollo = await startApollo('2.25', {
    hello: () => 'hi',
    tenant: () => [{ id: tenantId, slug: 'data-platform' }],
    project: () => [
      {
        name: 'sales',
        created: '2022-01-01T00:00:00+00:00',
        description: 'What we sold',
        flows_aggregate: { aggregate: { count: 7 } },
      },
    ],
    flow: () => [flow],
    flow_run: () => [flowRun],
    create_flow_run: () => ({ id: flowRunId }),
    register_agent: () => ({ id: 'a1' }),
    get_runs_in_queue: () => ({ flow_run_ids: [] }),
  });
  const service = await startService({
    TENANT_ID: tenantId,
    TENANT_NAME: 'Data platform',
    TENANT_SLUG: 'data-platform',
    API_SERVICE_URL: `http://${apollo.address}`,
  });
  const nginx = await startNginx({
    auth: new URL(service.url).host,
    prefect: '127.0.0.1:1',
    serverName: 'elsewhere.test',
    variables: {
      PREFECT1_SERVER_NAME: 'localhost',
      PREFECT1_UPSTREAM: apollo.address,
      PREFECT1_UI_UPSTREAM: '127.0.0.1:1',
    },
    files: renderTemplates,
  });
  t.context = { apollo, service, nginx };
});

test.after.always(async ({ context: { nginx, service, apollo } }) => {
  await nginx?.stop();
  await service?.stop();
  await apollo?.stop();
});

/** A person at a computer of their own, and their key. */
async function createPerson(t: ExecutionContext<Prefect1>, scopes: string) {
  const { service, nginx, apollo } = t.context;
  const home = await mkdtemp(join(tmpdir(), 'prefect-auth-'));
  t.teardown(() => rm(home, { recursive: true }));
  const endpoint = `https://localhost:${nginx.httpsPort}`;
  const client = await createPrefect1Client(home, endpoint, nginx.certificatePath);
  const { key } = await service.issue(scopes);
  apollo.takeCalls();
  return { home, key, client };
}

async function logIn(t: ExecutionContext, { client, key }: { client: Prefect1Client; key: string }): Promise<void> {
  t.is((await client.run('backend', 'cloud')).status, 0);
  const { status, output } = await client.run('auth', 'login', '-k', key);
  t.is(status, 0, output);
  t.regex(output, /Logged in to Prefect Cloud tenant 'Data platform' \(data-platform\)/);
}

test.serial('prefect auth login takes a key, and Prefect is not asked who it belongs to', async (t) => {
  const person = await createPerson(t, policy.team);
  await logIn(t, person);
  t.true((await readFile(join(person.home, '.prefect/auth.toml'), 'utf8')).includes(tenantId));
  t.deepEqual(t.context.apollo.takeCalls(), []);
});

test.serial('prefect auth login refuses a key that is unknown, expired, or may not read the tenant', async (t) => {
  const { client } = await createPerson(t, policy.team);
  await client.run('backend', 'cloud');
  const { key: expired } = await t.context.service.issue('*', { from: -2000, to: -1000 });
  const { key: runsOnly } = await t.context.service.issue('mutation/create_flow_run');
  for (const key of ['pfa_unheard_of', expired, runsOnly]) {
    const { status, output } = await client.run('auth', 'login', '-k', key);
    t.not(status, 0);
    t.notRegex(output, /Logged in/);
  }
  t.deepEqual(t.context.apollo.takeCalls(), []);
});

for (const team of ['team', 'operations', 'devops'] as const) {
  test.serial(`prefect get projects works for ${team}`, async (t) => {
    const person = await createPerson(t, policy[team]);
    await logIn(t, person);
    const { status, output } = await person.client.run('get', 'projects');
    t.is(status, 0, output);
    t.regex(output, /sales\s+7\s+.* ago\s+What we sold/);
    t.deepEqual(t.context.apollo.takeCalls(), ['query/project']);
  });
}

for (const [team, isAllowed] of [
  ['team', false],
  ['operations', true],
  ['devops', true],
] as const) {
  test.serial(`prefect run ${isAllowed ? 'works' : 'is refused'} for ${team}`, async (t) => {
    const person = await createPerson(t, policy[team]);
    await logIn(t, person);
    const { status, output } = await person.client.run('run', '--id', flow.id, '--param', 'day="monday"');
    t.is(status === 0, isAllowed, output);
    t.is(output.includes(flowRunId), isAllowed, output);
    if (!isAllowed) t.regex(output, /403 Client Error/);
    const calls = t.context.apollo.takeCalls();
    t.is(calls.includes('mutation/create_flow_run'), isAllowed);
    t.true(calls.includes('query/flow'));
  });
}

for (const [team, isAllowed] of [
  ['team', false],
  ['operations', false],
  ['devops', true],
] as const) {
  test.serial(`an agent ${isAllowed ? 'registers and polls' : 'cannot register'} with a key of ${team}`, async (t) => {
    const person = await createPerson(t, policy[team]);
    await logIn(t, person);
    const { status, output } = await person.client.run(
      'agent',
      'local',
      'start',
      '--max-polls',
      '1',
      '--no-hostname-label',
      '--log-level',
      'DEBUG',
    );
    const calls = t.context.apollo.takeCalls();
    if (isAllowed) {
      t.is(status, 0, output);
      t.true(calls.includes('mutation/register_agent') && calls.includes('mutation/get_runs_in_queue'), `${calls}`);
    } else {
      t.not(status, 0, output);
      t.regex(output, /403 Client Error/);
      t.deepEqual(
        calls.filter((call) => call.startsWith('mutation/')),
        [],
      );
    }
  });
}

for (const [team, isAllowed] of [
  ['team', false],
  ['operations', false],
  ['devops', true],
] as const) {
  test.serial(`prefect create project ${isAllowed ? 'works' : 'is refused'} for ${team}`, async (t) => {
    const person = await createPerson(t, policy[team]);
    await logIn(t, person);
    const { output } = await person.client.run('create', 'project', 'marketing');
    t.is(t.context.apollo.takeCalls().includes('mutation/create_project'), isAllowed, output);
  });
}

test.serial('with backend server and a key in the settings the command line works as well', async (t) => {
  const { client, key } = await createPerson(t, policy.team);
  t.is((await client.run('backend', 'server')).status, 0);
  const refused = await client.run('get', 'projects');
  t.not(refused.status, 0);
  t.deepEqual(t.context.apollo.takeCalls(), []);
  const { status, output } = await client.with({ PREFECT__CLOUD__API_KEY: key }).run('get', 'projects');
  t.is(status, 0, output);
  t.true(t.context.apollo.takeCalls().includes('query/project'));
});

test.serial('every mutation that was tried is in the audit trail, and no key is in any log', async (t) => {
  const person = await createPerson(t, policy.team);
  await logIn(t, person);
  await person.client.run('create', 'project', 'marketing');
  const line = t.context.service.log().at(-1);
  t.like(line, {
    outcome: 'deny',
    reason: 'insufficient_scope',
    user: 'alice',
    operations: ['mutation/create_project'],
  });
  t.like(line, { variables: { input: { name: 'marketing' } } });
  t.false(t.context.service.logText().includes(person.key));
  t.false(t.context.nginx.log().includes(person.key));
});
