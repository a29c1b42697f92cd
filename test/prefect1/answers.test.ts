import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { type Apollo, startApollo } from './apollo.ts';
import { post, send } from './send.ts';

interface FrontDoor {
  readonly apollo: Apollo;
  readonly service: RunningService;
  readonly nginx: Nginx;
}

const test = anyTest as TestFn<FrontDoor>;
const tenantId = '6f1c3f9e-8d0b-4c4f-9a53-0d7f8f0a1b2c';

test.before(async (t) => {
  t.timeout(300_000, 'npm ci of the Apollo that Prefect 1 ran');
  const apollo = await startApollo('2.25', {
    hello: () => 'hi',
    flow: () => [{ id: 'f1' }],
    tenant: () => [{ id: 't9', settings: {} }],
  });
  const service = await startService({
    TENANT_ID: tenantId,
    TENANT_NAME: 'Data platform',
    TENANT_SLUG: 'data-platform',
    API_SERVICE_URL: `http://${apollo.address}/graphql`,
  });
  t.context = {
    apollo,
    service,
    nginx: await startNginx({ auth: new URL(service.url).host, prefect: apollo.address }),
  };
});

test.after.always(async ({ context: { nginx, service, apollo } }) => {
  await nginx.stop();
  await service.stop();
  await apollo.stop();
});

async function ask({ nginx, apollo }: FrontDoor, key: string, body: unknown, path = '/graphql') {
  apollo.takeCalls();
  const headers = [
    'Content-Type',
    'application/json',
    'Authorization',
    `Bearer ${key}`,
    'X-Prefect-Tenant-Id',
    tenantId,
  ];
  const { status, text } = await send(nginx.url, post(body, { headers, path }));
  return { status, answer: JSON.parse(text), calls: apollo.takeCalls() };
}

const tenantById = `query {
    tenant(where: { id: { _eq: "${tenantId}" } }) {
        id
        slug
        name
    }
}`;
const tenantRow = { id: tenantId, slug: 'data-platform', name: 'Data platform' };

test.serial('whoever has a key may ask who they are, and Prefect is not asked', async (t) => {
  for (const scopes of ['query/*', 'mutation/create_flow_run', '!mutation/*']) {
    const { key } = await t.context.service.issue(scopes, { user: 'bob' });
    const query = 'query {\n    auth_info {\n        tenant_id\n    }\n}';
    t.deepEqual(await ask(t.context, key, { query, variables: 'null' }), {
      status: 200,
      answer: { data: { auth_info: { tenant_id: tenantId } } },
      calls: [],
    });
  }
});

test.serial('it is answered in the URL, in chunks, and in a large body as well', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  const query = '{ auth_info { tenant_id } hello }';
  const headers = ['Content-Type', 'application/json', 'Authorization', `Bearer ${key}`];
  for (const sent of [
    { method: 'GET', path: `/graphql?query=${encodeURIComponent(query)}&variables=%7B%7D`, headers: headers.slice(2) },
    post({ query }, { headers, chunks: 5 }),
    post({ query, variables: { text: 'x'.repeat(900_000) } }, { headers }),
  ]) {
    t.context.apollo.takeCalls();
    const { status, text } = await send(t.context.nginx.url, sent);
    t.is(status, 200, text);
    t.deepEqual(JSON.parse(text), { data: { auth_info: { tenant_id: tenantId }, hello: 'hi' } });
    t.deepEqual(t.context.apollo.takeCalls(), ['query/hello']);
  }
});

test.serial('who nobody knows, or is denied it by a scope, gets no answer', async (t) => {
  const { key } = await t.context.service.issue('query/*, !query/auth_info');
  const query = '{ auth_info { tenant_id } }';
  t.is((await ask(t.context, key, { query })).status, 403);
  t.is((await ask(t.context, 'unheard-of', { query })).status, 401);
  const { key: expired } = await t.context.service.issue('*', { from: -2000, to: -1000 });
  t.is((await ask(t.context, expired, { query })).status, 401);
});

test.serial('the tenant of the settings is answered in the ways that it can be asked for', async (t) => {
  const { key } = await t.context.service.issue('query/*', { user: 'bob' });
  const documents = [
    [{ query: tenantById }, { tenant: [tenantRow] }],
    [
      { query: '{ t: auth_info { a: tenant_id user_id __typename } }' },
      { t: { a: tenantId, user_id: 'bob', __typename: 'auth_info' } },
    ],
    [
      { query: 'query($id: uuid!) { tenant(where: {id: {_eq: $id}}) { id } }', variables: { id: tenantId } },
      { tenant: [{ id: tenantId }] },
    ],
    [
      {
        query: 'query($w: tenant_bool_exp) { tenant(where: $w) { name } }',
        variables: JSON.stringify({ w: { id: { _eq: tenantId } } }),
      },
      { tenant: [{ name: 'Data platform' }] },
    ],
    [
      { query: 'query A { hello } query B { ...F } fragment F on Query { auth_info { user_id } }', operationName: 'B' },
      { auth_info: { user_id: 'bob' } },
    ],
    [
      {
        query: 'query($no: Boolean!) { auth_info @skip(if: $no) { user_id } b: auth_info { user_id } }',
        variables: { no: true },
      },
      { b: { user_id: 'bob' } },
    ],
  ] as const;
  for (const [body, data] of documents) {
    t.deepEqual(await ask(t.context, key, body), { status: 200, answer: { data }, calls: [] });
  }
});

test.serial('every other question about tenants goes to Prefect', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  for (const query of [
    '{ tenant { id } }',
    '{ tenant(where: { id: { _eq: "another" } }) { id } }',
    `{ tenant(where: { id: { _eq: "${tenantId}" } }, limit: 1) { id } }`,
    `{ tenant(where: { id: { _eq: "${tenantId}" } }) { id settings } }`,
    `{ tenant(where: { id: { _eq: "${tenantId}" } }) { id flows { id } } }`,
  ]) {
    const { status, calls } = await ask(t.context, key, { query });
    t.deepEqual({ status, calls }, { status: 200, calls: ['query/tenant'] }, query);
  }
});

test.serial('the tenant needs its scope, and a mutation of that name is none of ours', async (t) => {
  const { key } = await t.context.service.issue('mutation/create_flow_run');
  t.is((await ask(t.context, key, { query: tenantById })).status, 403);
  const { key: all } = await t.context.service.issue('*');
  const { calls, answer } = await ask(t.context, all, { query: 'mutation { auth_info { tenant_id } }' });
  t.deepEqual(calls, []);
  t.is(answer.data, undefined);
});

test.serial('a document that asks us and Prefect is answered by both, in its order', async (t) => {
  const { key } = await t.context.service.issue('query/*', { user: 'bob' });
  const query = `query Mixed($where: flow_bool_exp, $id: uuid) {
    first: hello
    me: auth_info { ...Who }
    ...Rest
    tenant(where: { id: { _eq: $id } }) { name }
  }
  fragment Who on auth_info { user_id }
  fragment Rest on Query { flow(where: $where) { id } ... { auth_info @include(if: false) { tenant_id } } }`;
  const variables = { where: { id: 1 }, id: tenantId };
  const { status, answer, calls } = await ask(t.context, key, { query, variables, operationName: 'Mixed' });
  t.deepEqual(
    { status, answer, calls },
    {
      status: 200,
      answer: {
        data: { first: 'hi', me: { user_id: 'bob' }, flow: [{ id: 'f1' }], tenant: [{ name: 'Data platform' }] },
      },
      calls: ['query/hello', 'query/flow'],
    },
  );
  t.deepEqual(Object.keys(answer.data), ['first', 'me', 'flow', 'tenant']);
});

test.serial('a mixed document that is forbidden in part does not run', async (t) => {
  const { key } = await t.context.service.issue('query/hello');
  const { status, calls } = await ask(t.context, key, { query: '{ auth_info { tenant_id } hello flow { id } }' });
  t.deepEqual({ status, calls }, { status: 403, calls: [] });
});

test.serial('an error of Prefect stays one', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  const { status, answer, calls } = await ask(t.context, key, { query: '{ auth_info { tenant_id } no_such_field }' });
  t.is(status, 400);
  t.regex(answer.errors[0].message, /no_such_field/);
  t.deepEqual(calls, []);
});

test.serial(
  'in a batch the forbidden documents get an error at their places, and the others their results',
  async (t) => {
    const { key } = await t.context.service.issue('query/*, mutation/create_flow_run');
    const { status, answer, calls } = await ask(t.context, key, [
      { query: '{ hello }' },
      { query: 'mutation { delete_flow { id } }' },
      { query: '{ auth_info { tenant_id } }' },
      { query: 'mutation { create_flow_run { id } }' },
      { query: 'mutation { create_flow_run { id } delete_flow { id } }' },
      { query: '{ flow { id } me: auth_info { tenant_id } }', operationName: null, variables: {} },
    ]);
    t.is(status, 200);
    t.deepEqual(calls.toSorted(), ['mutation/create_flow_run', 'query/flow', 'query/hello']);
    t.is(answer.length, 6);
    const [hello, forbidden, me, run, half, both] = answer;
    t.deepEqual(hello, { data: { hello: 'hi' } });
    t.is(forbidden.data, null);
    t.like(forbidden.errors[0], { extensions: { code: 'FORBIDDEN' } });
    t.regex(forbidden.errors[0].message, /mutation\/delete_flow/);
    t.deepEqual(me, { data: { auth_info: { tenant_id: tenantId } } });
    t.deepEqual(run, { data: { create_flow_run: { id: null } } });
    t.is(half.errors[0].extensions.code, 'FORBIDDEN');
    t.deepEqual(both, { data: { flow: [{ id: 'f1' }], me: { tenant_id: tenantId } } });
  },
);

test.serial('in a split batch an error of Prefect stays at its place', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  const { status, answer, calls } = await ask(t.context, key, [
    { query: '{ no_such_field }' },
    { query: 'mutation { delete_flow { id } }' },
    { query: '{ hello }' },
  ]);
  t.is(status, 200);
  t.regex(answer[0].errors[0].message, /no_such_field/);
  t.is(answer[1].errors[0].extensions.code, 'FORBIDDEN');
  t.deepEqual(answer[2], { data: { hello: 'hi' } });
  t.deepEqual(calls, ['query/hello']);
});

test.serial('a batch of which nothing is allowed is answered in full, and nothing of it reaches Prefect', async (t) => {
  const { key } = await t.context.service.issue('query/hello');
  const { status, answer, calls } = await ask(t.context, key, [
    { query: '{ flow { id } }' },
    { query: 'mutation { delete_flow { id } }' },
  ]);
  t.is(status, 200);
  t.deepEqual(
    answer.map(({ errors }: { errors: { extensions: object }[] }) => errors[0]?.extensions),
    [{ code: 'FORBIDDEN' }, { code: 'FORBIDDEN' }],
  );
  t.deepEqual(calls, []);
});

test.serial('a batch that is not understood is refused whole', async (t) => {
  const { key } = await t.context.service.issue('*');
  for (const body of [
    [{ query: '{ hello }' }, { query: '{' }],
    [{ query: '{ hello }' }, null],
    [],
    `[{"query":"{hello}","query":"{flow{id}}"}]`,
  ]) {
    const { status, calls } = await ask(t.context, key, body);
    t.deepEqual({ status, calls }, { status: 403, calls: [] });
  }
});

test.serial('each document of a split batch leaves its own record, and none is recorded twice', async (t) => {
  const { key } = await t.context.service.issue('query/*, mutation/create_flow_run', { user: 'carol' });
  await ask(t.context, key, [
    { query: '{ hello }' },
    { query: 'mutation Delete { delete_flow { id } }', operationName: 'Delete', variables: { token: 'hunter2' } },
    { query: 'mutation { create_flow_run { id } }' },
  ]);
  const lines = t.context.service.log().filter(({ user }) => user === 'carol');
  t.deepEqual(
    lines.map(({ outcome, operations }) => [outcome, operations]),
    [
      ['deny', ['mutation/delete_flow']],
      ['allow', ['mutation/create_flow_run']],
    ],
  );
  t.like(lines[0], { operationName: 'Delete', variables: { token: '***' }, reason: 'insufficient_scope' });
});

test.serial('Prefect learns who it is and never gets the credential', async (t) => {
  const { key } = await t.context.service.issue('query/*', { user: 'dave' });
  await ask(t.context, key, [{ query: '{ hello }' }, { query: 'mutation { delete_flow { id } }' }]);
  const headers = t.context.apollo.lastHeaders();
  t.like(headers, { 'x-auth-user': 'dave', 'x-auth-scopes': 'query/*', 'x-prefect-tenant-id': tenantId });
  t.false(JSON.stringify(headers).includes(key));
});

test.serial('a client cannot bring /answer about, nor an answer of ours for a path that is no GraphQL', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  const batch = [{ query: '{ hello }' }, { query: 'mutation { delete_flow { id } }' }];
  t.is((await ask(t.context, key, batch, '/answer')).status, 403);
  t.is((await ask(t.context, key, batch, '/api/flows')).status, 403);
  t.is((await ask(t.context, key, batch, '/_prefect_auth_graphql')).status, 404);
});

test.serial('/answer believes nobody who asks it directly', async (t) => {
  const { service, apollo } = t.context;
  const { key } = await service.issue('query/hello');
  apollo.takeCalls();
  const direct = (headers: Record<string, string>, body: unknown) =>
    fetch(`${service.url}/answer`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Original-Method': 'POST',
        'X-Original-URI': '/graphql',
        ...headers,
      },
      body: JSON.stringify(body),
    });
  const forged = { 'X-Auth-User': 'alice', 'X-Auth-Scopes': '*', 'X-Auth-Answer': 'self' };
  const mutation = { query: 'mutation { delete_flow { id } }' };
  t.is((await direct(forged, [mutation])).status, 401);
  t.is((await direct({ ...forged, Authorization: `Bearer ${key}` }, mutation)).status, 403);
  t.is((await direct({ ...forged, Authorization: `Bearer ${key}` }, { query: '{ hello }' })).status, 403);
  const split = await direct({ ...forged, Authorization: `Bearer ${key}` }, [mutation]);
  t.regex(await split.text(), /"code":"FORBIDDEN"/);
  t.deepEqual(apollo.takeCalls(), []);
});

test.serial('an nginx that is not prepared for our answers gets a plain refusal of a mixed batch', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  const body = JSON.stringify([{ query: '{ hello }' }, { query: 'mutation { delete_flow { id } }' }]);
  const asked = await fetch(`${t.context.service.url}/auth`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      'X-Original-Method': 'POST',
      'X-Original-URI': '/graphql',
    },
    body,
  });
  t.is(asked.status, 403);
});

/** Another service, which answers with other settings, behind an nginx of its own. */
async function openAnother(t: ExecutionContext<FrontDoor>, settings: Record<string, string>): Promise<FrontDoor> {
  const { apollo } = t.context;
  const service = await startService({ TENANT_ID: tenantId, ...settings });
  const nginx = await startNginx({ auth: new URL(service.url).host, prefect: apollo.address });
  t.teardown(() => Promise.all([nginx.stop(), service.stop()]).then(() => {}));
  return { apollo, service, nginx };
}

const mixedBatch = [{ query: '{ hello }' }, { query: 'mutation { delete_flow { id } }' }];
const whoAmI = { query: '{ auth_info { tenant_id } }' };
const mixedDocument = { query: '{ auth_info { tenant_id } hello }' };

test.serial('GRAPHQL_BATCH=deny refuses a mixed batch whole', async (t) => {
  const settings = { GRAPHQL_BATCH: 'deny', API_SERVICE_URL: `http://${t.context.apollo.address}` };
  const door = await openAnother(t, settings);
  const { key } = await door.service.issue('query/*');
  const { status, answer, calls } = await ask(door, key, mixedBatch);
  t.deepEqual({ status, calls }, { status: 403, calls: [] });
  t.regex(answer.detail, /mutation\/delete_flow/);
  t.deepEqual((await ask(door, key, [{ query: '{ hello }' }])).calls, ['query/hello']);
  t.is((await ask(door, key, [whoAmI, { query: '{ hello }' }])).answer[0].data.auth_info.tenant_id, tenantId);
});

test.serial(
  'without API_SERVICE_URL a mixed batch is refused whole, and who one is answered all the same',
  async (t) => {
    const door = await openAnother(t, {});
    const { key } = await door.service.issue('query/*');
    const { status, calls } = await ask(door, key, mixedBatch);
    t.deepEqual({ status, calls }, { status: 403, calls: [] });
    t.is((await ask(door, key, whoAmI)).answer.data.auth_info.tenant_id, tenantId);
    t.is((await ask(door, key, mixedDocument)).status, 400, "Prefect's own answer: it does not know auth_info");
  },
);

test.serial('with Prefect down its part is a 502, and who one is answered all the same', async (t) => {
  const door = await openAnother(t, { API_SERVICE_URL: 'http://127.0.0.1:1' });
  const { key } = await door.service.issue('query/*');
  for (const body of [mixedBatch, mixedDocument]) {
    const { status, answer, calls } = await ask(door, key, body);
    t.deepEqual({ status, answer, calls }, { status: 502, answer: { detail: 'Prefect did not answer.' }, calls: [] });
  }
  t.is((await ask(door, key, whoAmI)).answer.data.auth_info.tenant_id, tenantId);
});
