import test from 'ava';
import { type GuardedPrefect, startGuardedPrefect } from './guarded-prefect.ts';

const SECRET = 'correct horse';
const VARIABLE = 'hunter2';

/** Asks Prefect itself, behind the gate's back. */
async function read(api: string, path: string, body?: object): Promise<string> {
  const sent = body && { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  return (await fetch(api + path, sent)).text();
}

interface Attack {
  readonly title: string;
  /** What the attacker's key holds, which is not what the attack needs. */
  readonly scopes: string;
  /** What is missing. */
  readonly needs: string;
  /** The field that asks for it; undefined where the route always does. */
  readonly field?: string;
  run(prefect: GuardedPrefect, key: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Whether it came about. */
  isDone(prefect: GuardedPrefect, answer: string): Promise<boolean>;
}

const runScopes = 'mutation/create_flow_run_from_deployment[deployment=etl/*]';
const variable = { __prefect_kind: 'workspace_variable', variable_name: 'prod_token' };
const runWith = (parameters: object) => (prefect: GuardedPrefect, key: string) =>
  prefect.send(key, 'POST', `/deployments/${prefect.objects.deploymentId}/create_flow_run`, {
    parameters,
    enforce_parameter_schema: false,
  });

const attacks: readonly Attack[] = [
  {
    title: 'a run is given a variable',
    scopes: runScopes,
    needs: 'query/read_variable_by_name',
    field: 'parameters',
    run: runWith({ x: variable }),
    isDone: async (_, answer) => answer.includes(VARIABLE),
  },
  {
    title: 'a run is given a variable deep within other kinds',
    scopes: runScopes,
    needs: 'query/read_variable_by_name',
    field: 'parameters',
    run: runWith({ x: { __prefect_kind: 'none', value: [{ y: { __prefect_kind: 'none', value: variable } }] } }),
    isDone: async (_, answer) => answer.includes(VARIABLE),
  },
  {
    title: 'a run has a template rendered',
    scopes: runScopes,
    needs: 'query/render_template',
    field: 'parameters',
    run: runWith({ x: { __prefect_kind: 'jinja', template: '{{ 7*7 }}' } }),
    isDone: async (_, answer) => answer.includes('"49"'),
  },
  {
    title: 'a value is checked that is a variable',
    scopes: 'query/validate_obj',
    needs: 'query/read_variable_by_name',
    field: 'values',
    run: (prefect, key) =>
      prefect.send(key, 'POST', '/ui/schemas/validate', {
        schema: { type: 'object', properties: { x: { type: 'integer' } } },
        values: { x: variable },
      }),
    isDone: async (_, answer) => answer.includes(VARIABLE),
  },
  {
    title: 'a deployment keeps as JSON what its next run fills in',
    scopes: `${runScopes} mutation/update_deployment[deployment=etl/*]`,
    needs: 'query/read_variable_by_name',
    field: 'parameters',
    async run(prefect, key) {
      const deployment = `/deployments/${prefect.objects.deploymentId}`;
      const parameters = { x: { __prefect_kind: 'json', value: JSON.stringify(variable) } };
      const kept = await prefect.send(key, 'PATCH', deployment, { parameters, enforce_parameter_schema: false });
      return kept.status === 204 ? prefect.send(key, 'POST', `${deployment}/create_flow_run`, {}) : kept;
    },
    isDone: async (_, answer) => answer.includes(VARIABLE),
  },
  {
    title: 'a run creates a queue',
    scopes: runScopes,
    needs: 'mutation/create_work_queue',
    field: 'work_queue_name',
    run: (prefect, key) =>
      prefect.send(key, 'POST', `/deployments/${prefect.objects.deploymentId}/create_flow_run`, {
        work_queue_name: 'made-by-a-run',
      }),
    isDone: async ({ api }) => (await read(api, '/work_pools/gpu%20pool/queues/filter', {})).includes('made-by-a-run'),
  },
  {
    title: 'a queue makes the default pool',
    scopes: 'role:worker',
    needs: 'mutation/create_work_pool',
    run: (prefect, key) => prefect.send(key, 'POST', '/work_queues/', { name: 'made-by-a-worker' }),
    isDone: async ({ api }) => (await read(api, '/work_pools/filter', {})).includes('default-agent-pool'),
  },
  {
    title: 'a schema without secret fields is made',
    scopes: 'role:developer !query/read_block_secrets',
    needs: 'query/read_block_secrets',
    async run(prefect, key) {
      const block = JSON.parse(await read(prefect.api, `/block_documents/${prefect.objects.blockDocumentId}`));
      const fields = { ...block.block_schema.fields, secret_fields: [] };
      return prefect.send(key, 'POST', '/block_schemas/', { block_type_id: block.block_type_id, fields });
    },
    isDone: async (_, answer) => answer.includes('"secret_fields":[]'),
  },
  {
    title: 'a block gets a schema without secret fields',
    scopes: 'role:developer !query/read_block_secrets',
    needs: 'query/read_block_secrets',
    field: 'block_schema_id',
    async run(prefect, key) {
      const path = `/block_documents/${prefect.objects.blockDocumentId}`;
      const block = JSON.parse(await read(prefect.api, path));
      const fields = { ...block.block_schema.fields, secret_fields: [] };
      const made = await read(prefect.api, '/block_schemas/', { block_type_id: block.block_type_id, fields });
      const changes = { block_schema_id: JSON.parse(made).id, data: {}, merge_existing_data: true };
      return prefect.send(key, 'PATCH', path, changes);
    },
    isDone: async ({ api, objects }) =>
      (await read(api, `/block_documents/${objects.blockDocumentId}`)).includes(SECRET),
  },
  {
    title: 'a worker changes what other workers execute',
    scopes: 'role:worker mutation/update_work_pool',
    needs: 'mutation/override_base_job_template',
    field: 'base_job_template',
    run: (prefect, key) =>
      prefect.send(key, 'PATCH', '/work_pools/gpu%20pool', {
        base_job_template: {
          job_configuration: { command: 'touch /tmp/pwned' },
          variables: { type: 'object', properties: {} },
        },
      }),
    isDone: async ({ api }) => (await read(api, '/work_pools/gpu%20pool')).includes('pwned'),
  },
];

for (const version of ['3', '2.20']) {
  test.serial(`on Prefect ${version} no field does what its key may not, and with the right it does`, async (t) => {
    t.timeout(300_000);
    const prefect = await startGuardedPrefect(t, version, (api) => ({ API_SERVICE_URL: api }));
    await read(prefect.api, '/variables/', { name: 'prod_token', value: VARIABLE });
    for (const { title, scopes, needs, field, run, isDone } of attacks) {
      const attacker = await prefect.service.issue(scopes);
      const refused = await run(prefect, attacker.key);
      t.is(refused.status, 403, `${title}: ${refused.text}`);
      t.true(
        JSON.parse(refused.text).detail.includes(field ? `${needs} (for its field ${field})` : needs),
        refused.text,
      );
      t.false(await isDone(prefect, refused.text), `${title}: it came about`);

      const allowed = await prefect.service.issue('*');
      const answer = await run(prefect, allowed.key);
      t.true(await isDone(prefect, answer.text), `${title}: it is no effect of Prefect ${version}: ${answer.text}`);
    }
  });
}
