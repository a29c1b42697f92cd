import test from 'ava';
import reviewed from '../../../data/prefect/reviewed.json' with { type: 'json' };
import roles from '../../../data/roles.json' with { type: 'json' };
import type { OriginalRequest } from '../../../src/authorization/access-request.ts';
import { decide } from '../../../src/authorization/decide.ts';
import { isDenial } from '../../../src/authorization/denial.ts';
import type { PrefectObject } from '../../../src/authorization/objects.ts';
import { compilePolicy } from '../../../src/authorization/policy.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { readRestRequest } from '../../../src/requests/rest/rest-request.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const READ_VARIABLE = 'query/read_variable_by_name';
const RENDER = 'query/render_template';
const SECRETS = 'query/read_block_secrets';
const QUEUE = 'mutation/create_work_queue';
const TEMPLATE = 'mutation/override_base_job_template';

function send(method: string, path: string, body: unknown): OriginalRequest {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    method,
    target: `/api${path}`,
    isWebSocket: false,
    isGraphqlHost: false,
    contentType: 'application/json',
    contentEncoding: undefined,
    contentLength: `${bytes.length}`,
    body: bytes,
  };
}

/** What it asks for beside the route's own operation, or why it is refused. */
function asides(method: string, path: string, body: unknown): readonly string[] | string {
  const answer = readRestRequest(send(method, path, body), prefectRoutes, {
    apiBasePath: '/api',
    uiBasePath: '',
    isOpenapiPublic: false,
  });
  if (answer === 'public') return answer;
  return isDenial(answer) ? answer.reason : answer.operations.slice(1).sort();
}

const variable = { __prefect_kind: 'workspace_variable', variable_name: 'prod_token' };
const jinja = { __prefect_kind: 'jinja', template: '{{ 7*7 }}' };
/** `{{ variables.region }}`, once it is read as JSON. */
const ESCAPED_TEMPLATE = { __prefect_kind: 'json', value: String.raw`"\u007b\u007b variables.region }}"` };
const text = (value: unknown) => ({ __prefect_kind: 'json', value: JSON.stringify(value) });

const fillings: readonly (readonly [title: string, parameters: object, ...expected: string[]])[] = [
  ['nothing', {}],
  ['plain values', { x: 1, list: [{ a: 'b' }], text: '{{ not rendered here }}' }],
  ['a key that only looks like one', { prefect_kind: 'workspace_variable', _prefect_kind: 'jinja' }],
  ['a kind that stands in a value', { x: '__prefect_kind', y: { workspace_variable: true } }],
  ['plain JSON', { x: text({ a: 'SELECT {x} FROM \u00e4', b: [1] }) }],
  ['JSON that does not parse, without a kind in it', { x: { __prefect_kind: 'json', value: '{oops' } }],
  ['no kind', { x: { __prefect_kind: null, value: 1 } }],

  ['a variable', { x: variable }, READ_VARIABLE],
  ['a variable by a name that is filled in', { x: { ...variable, variable_name: text('prod_token') } }, READ_VARIABLE],
  ['a variable without a name', { x: { __prefect_kind: 'workspace_variable' } }, READ_VARIABLE],
  ['a variable as all parameters', variable, READ_VARIABLE],
  ['a variable in a list in an object', { a: { b: [0, [{ c: variable }]] } }, READ_VARIABLE],
  ['a variable in "none"', { x: { __prefect_kind: 'none', value: { y: [variable] } } }, READ_VARIABLE],
  ['a variable in a kind that nobody knows', { x: { __prefect_kind: 'new', value: variable } }, READ_VARIABLE],
  ['a variable in no kind', { x: { __prefect_kind: null, value: variable } }, READ_VARIABLE],
  ['a variable beside a value', { x: { __prefect_kind: 'none', value: 1, other: variable } }, READ_VARIABLE],
  ['a variable in a template', { x: { ...jinja, template: variable } }, READ_VARIABLE, RENDER],
  ['a template', { x: jinja }, RENDER],
  ['a template as all parameters', jinja, RENDER],
  ['a template that is not there', { x: { __prefect_kind: 'jinja' } }, RENDER],

  ['a variable in JSON text', { x: text({ y: variable }) }, READ_VARIABLE],
  ['a variable in JSON text in JSON text', { x: text(text(variable)) }, READ_VARIABLE],
  ['a variable in JSON text that is a text of JSON text', { x: text(JSON.stringify(variable)) }, READ_VARIABLE],
  ['a template in JSON text', { x: text([jinja]) }, RENDER],
  [
    'a kind that is escaped in JSON text',
    { x: { __prefect_kind: 'json', value: '{"\\u005f_prefect_kind": "workspace_variable"}' } },
    READ_VARIABLE,
  ],
  [
    'JSON text that only Python reads',
    { x: { __prefect_kind: 'json', value: '{"n": NaN, "v": {"__prefect_kind": "workspace_variable"}}' } },
    READ_VARIABLE,
    RENDER,
  ],
  [
    'JSON text that holds a kind twice',
    { x: { __prefect_kind: 'json', value: '{"__prefect_kind": "jinja", "__prefect_kind": "none"}' } },
    READ_VARIABLE,
    RENDER,
  ],
  ['JSON that a template writes', { x: { __prefect_kind: 'json', value: jinja } }, READ_VARIABLE, RENDER],
  ['JSON that a variable holds', { x: { __prefect_kind: 'json', value: variable } }, READ_VARIABLE, RENDER],
  [
    'JSON of JSON that a template writes',
    { x: { __prefect_kind: 'json', value: { __prefect_kind: 'json', value: jinja } } },
    READ_VARIABLE,
    RENDER,
  ],
];

const passedOn: readonly object[] = [
  { __prefect_kind: 'json', value: { __prefect_kind: 'none', value: JSON.stringify([variable, jinja]) } },
  { __prefect_kind: 'json', value: { __prefect_kind: 'zzz', value: JSON.stringify({ a: variable, b: jinja }) } },
  { __prefect_kind: 'none', value: { __prefect_kind: 'json', value: JSON.stringify([[variable], jinja]) } },
  { __prefect_kind: 'none', value: ` ${JSON.stringify(JSON.stringify([variable, jinja]))}` },
  text({ __prefect_kind: 'json', value: { __prefect_kind: 'none', value: JSON.stringify([variable, jinja]) } }),
  { __prefect_kind: 'json', value: { __prefect_kind: 'none', value: text([variable, jinja]) } },
];

test('a text that some kind passes on may be read as JSON later', (t) => {
  for (const x of passedOn) {
    t.deepEqual(asides('PATCH', `/deployments/${ID}`, { parameters: { x } }), [READ_VARIABLE, RENDER]);
    t.deepEqual(asides('POST', '/ui/schemas/validate', { schema: {}, values: { a: [x] } }), [READ_VARIABLE, RENDER]);
  }
  const path = { __prefect_kind: 'none', value: 'C:\\users, not __prefect_kind' };
  t.deepEqual(asides('PATCH', `/deployments/${ID}`, { parameters: { path } }), []);
});

const filled: readonly (readonly [method: string, path: string, wrap: (value: object) => unknown])[] = [
  ['POST', `/deployments/${ID}/create_flow_run`, (parameters) => ({ parameters })],
  ['POST', `/deployments/${ID}/create_flow_run/bulk`, (parameters) => [{}, { parameters }]],
  ['POST', '/deployments/', (parameters) => ({ name: 'a', parameters })],
  ['POST', '/deployments', (parameters) => ({ name: 'a', schedules: [{}, { parameters }] })],
  ['PATCH', `/deployments/${ID}`, (parameters) => ({ parameters })],
  ['PATCH', `/deployments/${ID}`, (parameters) => ({ schedules: [{ parameters }] })],
  ['POST', `/deployments/${ID}/schedules`, (parameters) => [{ active: true }, { parameters }]],
  ['PATCH', `/deployments/${ID}/schedules/${ID}`, (parameters) => ({ parameters })],
  ['POST', '/ui/schemas/validate', (values) => ({ schema: {}, values })],
  ['POST', `/flow_runs/${ID}/resume`, (run_input) => ({ run_input })],
  ['POST', '/variables/', (value) => ({ name: 'a', value })],
  ['PATCH', `/variables/${ID}`, (value) => ({ value })],
  ['PATCH', '/variables/name/a', (value) => ({ value })],
];

for (const [method, path, wrap] of filled) {
  test(`what ${method} ${path} fills in is asked for: ${JSON.stringify(wrap({})).replaceAll(ID, '')}`, (t) => {
    for (const [title, parameters, ...expected] of fillings) {
      t.deepEqual(asides(method, path, wrap(parameters)), expected, title);
    }
  });
}

test('kinds that are nested as deep as can be, in texts and in objects, cost no more than others', (t) => {
  let object: object = { __prefect_kind: 'json', value: { a: 1 } };
  for (let depth = 0; depth < 180; depth++) object = { __prefect_kind: 'json', value: object };
  let inTexts: object = variable;
  for (let depth = 0; depth < 10; depth++) inTexts = text({ a: [inTexts] });
  const before = performance.now();
  t.deepEqual(asides('POST', `/deployments/${ID}/create_flow_run`, { parameters: object }), []);
  t.deepEqual(asides('POST', `/deployments/${ID}/create_flow_run`, { parameters: inTexts }), [READ_VARIABLE]);
  t.true(performance.now() - before < 5_000);
});

test('the text of a variable is what a `json` would read of it', (t) => {
  const asked = (value: string) => asides('PATCH', '/variables/name/a', { value });
  t.deepEqual(asked(JSON.stringify(variable)), [READ_VARIABLE]);
  t.deepEqual(asked(` ${JSON.stringify([{ a: variable }])}`), [READ_VARIABLE]);
  t.deepEqual(asked(JSON.stringify(JSON.stringify(variable))), [READ_VARIABLE]);
  t.deepEqual(asked('{"a": [1, "b"]}'), []);
  t.deepEqual(asked('eu-west-1'), []);
  t.deepEqual(asked('{"__prefect_kind": "json", "value": "1"}'), []);
});

test('what is not filled in may hold anything', (t) => {
  t.deepEqual(asides('POST', `/deployments/${ID}/create_flow_run`, { context: { x: variable } }), []);
  t.deepEqual(asides('POST', '/flow_runs/', { parameters: { x: variable } }), []);
  t.deepEqual(asides('POST', '/ui/schemas/validate', { schema: { x: variable }, values: {} }), []);
});

const RUN = `/deployments/${ID}/create_flow_run`;
const fields: readonly (readonly [method: string, path: string, body: unknown, ...expected: string[]])[] = [
  ['POST', RUN, { work_queue_name: 'new' }, QUEUE],
  ['POST', RUN, { work_queue_name: null }],
  ['POST', RUN, { work_queue_name: '' }],
  ['POST', `${RUN}/bulk`, [{}, { work_queue_name: 'new' }], QUEUE],
  ['POST', '/deployments/', { work_queue_name: 'new', work_pool_name: 'gpu' }, QUEUE],
  ['PATCH', `/deployments/${ID}`, { work_queue_name: 'new', work_pool_name: 'gpu' }, QUEUE],
  ['POST', '/flow_runs/', { work_pool_name: 'gpu', work_queue_name: 'new' }],

  ['POST', RUN, { state: { type: 'SCHEDULED' } }],
  ['POST', RUN, { state: { type: 'PENDING' } }],
  ['POST', RUN, { state: null }],
  ['POST', RUN, { state: { type: 'COMPLETED', data: 'x' } }, 'mutation/set_flow_run_state'],
  ['POST', RUN, { state: {} }, 'mutation/set_flow_run_state'],
  ['POST', '/flow_runs/', { state: { type: 'RUNNING' } }, 'mutation/set_flow_run_state'],
  ['POST', '/flow_runs/', { deployment_id: ID }, 'mutation/create_flow_run_from_deployment'],
  ['POST', '/flow_runs/', { deployment_id: null }],

  ['PATCH', `/flow_runs/${ID}`, { infrastructure_pid: 'host:1' }, 'mutation/set_infrastructure_pid'],
  ['PATCH', `/flow_runs/${ID}`, { name: 'x', infrastructure_pid: null }],

  ['PATCH', `/block_documents/${ID}`, { block_schema_id: ID, data: {}, merge_existing_data: true }, SECRETS],
  ['PATCH', `/block_documents/${ID}`, { block_schema_id: null, data: { a: 1 } }],
  [
    'PATCH',
    `/block_documents/${ID}`,
    { data: { a: { $ref: { block_document_id: ID } } } },
    'query/read_block_document_by_id',
    SECRETS,
  ],
  [
    'POST',
    '/block_documents/',
    { data: { a: { $ref: { block_document_id: ID } } } },
    'query/read_block_document_by_id',
    SECRETS,
  ],
  ['POST', '/block_documents/', { data: { a: 'x' } }],
  ['POST', '/block_schemas/', { block_type_id: ID, fields: { secret_fields: [] } }, SECRETS],
  ['POST', '/block_schemas', { block_type_id: ID, fields: { secret_fields: ['value'] } }, SECRETS],

  ['PATCH', '/work_pools/other', { base_job_template: { job_configuration: {}, variables: {} } }, TEMPLATE],
  ['PATCH', '/work_pools/other', { base_job_template: {} }, TEMPLATE],
  ['PATCH', '/work_pools/other', { base_job_template: null, is_paused: true }],
  ['PATCH', '/work_pools/other', { storage_configuration: { bundle_execution_step: {} } }, TEMPLATE],
  ['PATCH', '/work_pools/other', { is_paused: true }],
  ['POST', '/work_pools/', { name: 'a', base_job_template: {} }],
  [
    'POST',
    '/work_pools/',
    {
      name: 'a',
      base_job_template: { variables: { properties: { x: { default: { $ref: { block_document_id: ID } } } } } },
    },
    'query/read_block_document_by_id',
    SECRETS,
  ],

  ['POST', '/flow_run_notification_policies/', { block_document_id: ID }, SECRETS],
  ['PATCH', `/flow_run_notification_policies/${ID}`, { is_active: false }],
  ['PATCH', `/flow_run_notification_policies/${ID}`, { block_document_id: ID }, SECRETS],
  ['POST', '/variables/count', { variables: { value: { like_: 'a%' } } }, 'query/read_variables'],
  ['POST', '/variables/count', { variables: { name: { like_: 'a%' } } }],
  ['POST', '/variables/count', ''],

  ['POST', '/events/filter', {}, READ_VARIABLE],
  ['GET', '/events/filter/next?page-token=x', '', READ_VARIABLE],
  ['POST', '/events/count-by/day', { filter: { text: { query: 'a' } } }, READ_VARIABLE],
  ['POST', '/events', []],
];

for (const [method, path, body, ...expected] of fields) {
  test(
    `${method} ${path} with ${JSON.stringify(body)} asks for ${expected.join(', ') || 'no more'}`.replaceAll(ID, '…'),
    (t) => {
      t.deepEqual(asides(method, path, body), expected);
    },
  );
}

const FROM_DEPLOYMENT = 'mutation/create_flow_run_from_deployment';
const actions: readonly (readonly [action: unknown, ...expected: string[]])[] = [
  [{ type: 'do-nothing' }],
  [{ type: 'run-deployment', deployment_id: ID }, FROM_DEPLOYMENT],
  [{ type: 'run-deployment', job_variables: { command: 'id' } }, FROM_DEPLOYMENT, 'mutation/override_job_variables'],
  [{ type: 'run-deployment', parameters: { x: variable } }, FROM_DEPLOYMENT, READ_VARIABLE],
  [{ type: 'run-deployment', parameters: { x: '{{ event.id }}' } }, FROM_DEPLOYMENT, READ_VARIABLE, RENDER],
  [{ type: 'run-deployment', parameters: { x: [{ y: '{% set a = 1 %}' }] } }, FROM_DEPLOYMENT, READ_VARIABLE, RENDER],
  [{ type: 'run-deployment', parameters: { x: jinja } }, FROM_DEPLOYMENT, READ_VARIABLE, RENDER],
  [
    { type: 'run-deployment', parameters: { x: { ...jinja, template: ESCAPED_TEMPLATE } } },
    FROM_DEPLOYMENT,
    READ_VARIABLE,
    RENDER,
  ],
  [{ type: 'pause-deployment' }, 'mutation/pause_deployment'],
  [{ type: 'resume-deployment' }, 'mutation/resume_deployment'],
  [{ type: 'cancel-flow-run' }, 'mutation/set_flow_run_state'],
  [{ type: 'delete-flow-run' }, 'mutation/delete_flow_run'],
  [{ type: 'pause-work-pool' }, 'mutation/update_work_pool'],
  [{ type: 'resume-work-queue' }, 'mutation/update_work_queue'],
  [{ type: 'pause-automation' }, 'mutation/patch_automation'],
  [{ type: 'call-webhook', block_document_id: ID, payload: '' }, SECRETS],
  [{ type: 'call-webhook', payload: '{{ event.payload }}' }, SECRETS, READ_VARIABLE, RENDER],
  [{ type: 'call-webhook', payload: '{{ variables.prod_token }}' }, SECRETS, READ_VARIABLE, RENDER],
  [{ type: 'call-webhook', payload: { message: '{{ variables.prod_token }}' } }, SECRETS, READ_VARIABLE, RENDER],
  [{ type: 'call-webhook', payload: { '{{ 1 }}': 2 } }, SECRETS, READ_VARIABLE, RENDER],
  [{ type: 'send-notification', subject: 'x', body: '{{ flow_run.name }}' }, SECRETS, READ_VARIABLE, RENDER],
  [{ type: 'declare-incident' }, 'mutation/unknown'],
  [{ type: 'toString' }, 'mutation/unknown'],
];

for (const [action, ...expected] of actions) {
  test(
    `an automation with ${JSON.stringify(action)} asks for ${expected.join(', ') || 'no more'}`.replaceAll(ID, '…'),
    (t) => {
      const sorted = [...expected].sort();
      for (const field of ['actions', 'actions_on_trigger', 'actions_on_resolve']) {
        t.deepEqual(asides('POST', '/automations/', { [field]: [{ type: 'do-nothing' }, action] }), sorted, field);
        t.deepEqual(asides('PUT', `/automations/${ID}`, { [field]: [action] }), sorted, field);
        const patched = sorted.filter((operation) => operation !== 'mutation/patch_automation');
        t.deepEqual(asides('PATCH', `/automations/${ID}`, { [field]: [action] }), patched, field);
      }
    },
  );
}

test('an action without a type asks for all that any action does', (t) => {
  const all = Object.values(reviewed.actions).flatMap((action) => ('also' in action ? action.also : []));
  for (const type of [{}, { type: null }]) {
    const expected = new Set([...all, 'mutation/override_job_variables', READ_VARIABLE]);
    const action = { ...type, source: 'inferred', job_variables: { command: 'id' }, parameters: { x: variable } };
    t.deepEqual(asides('POST', '/automations/', { actions: [action] }), [...expected].sort());
  }
});

test('an empty text in the place of an object is refused', (t) => {
  t.is(asides('PATCH', '/work_pools/other', { base_job_template: '' }), 'unreadable_request');
  t.is(asides('POST', `/deployments/${ID}/create_flow_run`, { parameters: '' }), 'unreadable_request');
});

test('actions of another form are refused', (t) => {
  const many = Array.from({ length: 101 }, () => ({ type: 'do-nothing' }));
  for (const actions of [{ type: 'do-nothing' }, ['run-deployment'], [[['type', 'call-webhook']]], [null], 'x', many]) {
    t.is(asides('POST', '/automations/', { actions }), 'unreadable_request', JSON.stringify(actions));
  }
});

/** Pydantic 1 makes an object of a list of pairs, and of a list of objects with two members each. */
const pairs = (object: object): unknown[] => [
  Object.entries(object),
  Object.entries(object).map(([name, value]) => ({ [name]: null, [`${value}`]: null })),
  [object, object],
];
const otherForms: readonly (readonly [method: string, path: string, bodies: readonly unknown[]])[] = [
  ['POST', RUN, pairs({ work_queue_name: 'new' })],
  ['POST', RUN, pairs(variable).map((parameters) => ({ parameters }))],
  ['POST', `${RUN}/bulk`, [{ parameters: {} }, [[['work_queue_name', 'new']]], [{}, null], [1], [{}, [{}]]]],
  ['POST', '/flow_runs/', pairs({ deployment_id: ID, flow_id: ID })],
  ['PATCH', `/block_documents/${ID}`, pairs({ block_schema_id: ID, data: {} })],
  ['PATCH', `/block_documents/${ID}`, [{ data: [['$ref', { block_document_id: ID }]] }]],
  ['POST', '/variables/count', [{ variables: [['value', { any_: ['eu'] }]] }, { variables: 'x' }, [['variables', {}]]]],
  ['POST', '/ui/schemas/validate', [{ schema: {}, values: [['__prefect_kind', 'jinja']] }]],
  ['POST', '/ui/schemas/validate', [{ schema: [['$ref', 'http://127.0.0.1/']], values: {} }]],
  ['POST', '/deployments/', [{ schedules: [[['parameters', variable]]] }, { schedules: { 0: {} } }]],
  ['POST', `/deployments/${ID}/schedules`, [{ parameters: variable }, [[['parameters', variable]]]]],
  ['POST', `/flow_runs/${ID}/resume`, [{ run_input: Object.entries(variable) }, [['run_input', variable]]]],
  ['PATCH', '/work_pools/a', [[['base_job_template', {}]], { base_job_template: [['variables', {}]] }]],
  ['POST', `${RUN}/bulk`, [Array<object>(1_001).fill({})]],
];

for (const [method, path, bodies] of otherForms) {
  for (const body of bodies) {
    const title = JSON.stringify(body).slice(0, 100).replaceAll(ID, '…');
    test(`${method} ${path.replaceAll(ID, '…')} with ${title} is refused: Prefect may read more in it`, (t) => {
      t.is(asides(method, path, body), 'unreadable_request');
    });
  }
}

const FETCH = 'mutation/fetch_remote_schema';
const remote: readonly object[] = [
  { $ref: 'http://169.254.169.254/latest/meta-data' },
  { properties: { x: { $ref: 'file:///etc/secret.json' } } },
  { allOf: [{}, { $dynamicRef: 'https://example.com/a#b' }] },
  { $id: 'http://example.com/', properties: { x: { $ref: '#/a' } } },
  { properties: { x: { $id: 'http://example.com/' } } },
  { $schema: 'http://json-schema.org/draft-04/schema#', definitions: { a: { id: 'http://example.com/' } } },
  { $recursiveRef: 'other.json' },
];
const local: readonly object[] = [
  {},
  { $ref: '#/definitions/A', definitions: { A: { type: 'string' } } },
  { properties: { id: { type: 'string', default: 'a' }, $ref: { type: 'string' } } },
  { properties: { x: { default: { id: 'arn:a:b' }, description: 'http://example.com/' } } },
];
const schemas: readonly (readonly [method: string, path: string, wrap: (schema: object) => unknown])[] = [
  ['POST', '/ui/schemas/validate', (schema) => ({ schema, values: {} })],
  ['POST', '/deployments/', (parameter_openapi_schema) => ({ parameter_openapi_schema })],
  ['PATCH', `/deployments/${ID}`, (parameter_openapi_schema) => ({ parameter_openapi_schema })],
  ['POST', '/work_pools/', (variables) => ({ name: 'a', base_job_template: { variables } })],
  ['POST', `/flow_runs/${ID}/input`, (schema) => ({ key: 'a-schema', value: JSON.stringify(schema) })],
];

for (const [method, path, wrap] of schemas) {
  test(`what a schema of ${method} ${path.replaceAll(ID, '…')} fetches is asked for`, (t) => {
    for (const schema of remote) t.deepEqual(asides(method, path, wrap(schema)), [FETCH], JSON.stringify(schema));
    for (const schema of local) t.deepEqual(asides(method, path, wrap(schema)), [], JSON.stringify(schema));
  });
}

const CREATE_LIMIT = 'mutation/create_concurrency_limit_v2';
const UPDATE_LIMIT = 'mutation/update_concurrency_limit_v2';
const DELETE_LIMIT = 'mutation/delete_concurrency_limit_v2';
const others: readonly (readonly [method: string, path: string, body: unknown, ...expected: string[]])[] = [
  ['PATCH', `/deployments/${ID}`, { concurrency_limit: null }, DELETE_LIMIT],
  ['PATCH', `/deployments/${ID}`, { concurrency_limit: 9 }, CREATE_LIMIT, UPDATE_LIMIT],
  ['PATCH', `/deployments/${ID}`, { global_concurrency_limit_id: ID }, DELETE_LIMIT, UPDATE_LIMIT],
  ['PATCH', `/deployments/${ID}`, { global_concurrency_limit_id: null }],
  ['POST', '/deployments/', { concurrency_limit: null, global_concurrency_limit_id: null }],
  ['POST', '/deployments/', { concurrency_limit: 9 }, CREATE_LIMIT, UPDATE_LIMIT],
  ['POST', '/deployments/', { global_concurrency_limit_id: ID }, DELETE_LIMIT, UPDATE_LIMIT],
  ['POST', RUN, { parent_task_run_id: ID }, 'mutation/set_task_run_state'],
  ['POST', `${RUN}/bulk`, [{ parent_task_run_id: ID }], 'mutation/set_task_run_state'],
  ['POST', '/flow_runs/', { parent_task_run_id: ID }, 'mutation/set_task_run_state'],
  ['POST', '/flow_runs/', { parent_task_run_id: null, idempotency_key: '' }],
  ['POST', RUN, { idempotency_key: 'a' }, 'query/read_flow_run'],
  ['POST', '/flow_runs/', { idempotency_key: 'a' }, 'query/read_flow_run'],
];

for (const [method, path, body, ...expected] of others) {
  const title = `${method} ${path} with ${JSON.stringify(body)}`.replaceAll(ID, '…');
  test(`${title} asks for ${expected.join(', ') || 'no more'}, which changes what is of others`, (t) => {
    t.deepEqual(asides(method, path, body), expected);
  });
}

test('a condition on what the path names is not met by what a field does elsewhere', (t) => {
  const named: readonly PrefectObject[] = [{ kind: 'deployment', name: 'etl/daily' }];
  const may = (body: unknown): string => {
    const asked = readRestRequest(send('PATCH', `/deployments/${ID}`, body), prefectRoutes, {
      apiBasePath: '/api',
      uiBasePath: '',
      isOpenapiPublic: false,
    });
    if (asked === 'public' || isDenial(asked)) return 'not read';
    return decide(compilePolicy('*/*[deployment=etl/*]', roles), { ...asked, objects: named }).outcome;
  };
  t.is(may({ description: 'mine' }), 'allow');
  t.is(may({ parameters: { x: 1 } }), 'allow');
  for (const body of [
    { parameters: { x: variable } },
    { parameters: { x: jinja } },
    { work_pool_name: 'prod', work_queue_name: 'new' },
    { concurrency_limit: null },
    { global_concurrency_limit_id: ID },
    { parameter_openapi_schema: { $ref: 'file:///etc/passwd' } },
  ]) {
    t.is(may(body), 'deny', JSON.stringify(body));
  }
});

const POOL = 'mutation/create_work_pool';

for (const [title, method, path, body, ...expected] of [
  ['a queue of the default pool', 'POST', '/deployments/', { work_queue_name: 'q' }, POOL, QUEUE],
  ['a queue of no pool', 'POST', '/deployments/', { work_queue_name: 'q', work_pool_name: null }, POOL, QUEUE],
  ['a queue without a pool, later', 'PATCH', `/deployments/${ID}`, { work_queue_name: 'q' }, POOL, QUEUE],
  ['a queue of a pool', 'POST', '/deployments/', { work_queue_name: 'q', work_pool_name: 'p' }, QUEUE],
  ['no queue', 'POST', '/deployments/', { work_queue_name: null }],
  ['variables for none', 'PATCH', `/flow_runs/${ID}`, { job_variables: null }, 'mutation/override_job_variables'],
  ['variables for no variable', 'PATCH', `/flow_runs/${ID}`, { job_variables: {} }, 'mutation/override_job_variables'],
  ['a run of another run', 'POST', '/flow_runs/', { parent_task_run_id: ID }, 'mutation/set_task_run_state'],
  ['a run of no other', 'POST', '/flow_runs/', { parent_task_run_id: null }],
] as const) {
  test(`${title}: ${method} ${path.replace(ID, '{id}')} asks for ${expected.join(', ') || 'nothing more'}`, (t) => {
    t.deepEqual(asides(method, path, body), expected);
  });
}
