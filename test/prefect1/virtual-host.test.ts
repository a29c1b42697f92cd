import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import anyTest, { type TestFn } from 'ava';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { type Apollo, startApollo } from './apollo.ts';
import { post, type Sent, send } from './send.ts';
import { renderTemplates } from './virtual-host.ts';

interface FrontDoor {
  readonly apollo: Apollo;
  readonly service: RunningService;
  readonly nginx: Nginx;
  readonly ui: { readonly address: string; readonly visits: string[]; stop(): void };
}

const test = anyTest as TestFn<FrontDoor>;
const host = 'prefect1.example.test';

test.before(async (t) => {
  t.timeout(300_000, 'npm ci of the Apollo that Prefect 1 ran');
  const apollo = await startApollo('2.25', { hello: () => 'hi' });
  const service = await startService({ API_SERVICE_URL: `http://${apollo.address}` });
  const visits: string[] = [];
  const ui = createServer((request, response) => {
    visits.push(`${request.method} ${request.url}`);
    response.end('the page');
  }).listen(0, '127.0.0.1');
  await new Promise((done) => ui.once('listening', done));
  const address = `127.0.0.1:${(ui.address() as AddressInfo).port}`;
  const nginx = await startNginx({
    auth: new URL(service.url).host,
    prefect: '127.0.0.1:1',
    variables: {
      PREFECT1_SERVER_NAME: host,
      PREFECT1_UPSTREAM: apollo.address,
      PREFECT1_UI_UPSTREAM: address,
    },
    files: renderTemplates,
  });
  t.context = { apollo, service, nginx, ui: { address, visits, stop: () => ui.close() } };
});

test.after.always(async ({ context: { nginx, service, apollo, ui } }) => {
  await nginx.stop();
  ui.stop();
  await service.stop();
  await apollo.stop();
});

async function ask({ nginx, apollo, ui }: FrontDoor, sent: Sent, key?: string) {
  apollo.takeCalls();
  ui.visits.length = 0;
  const credential = key === undefined ? [] : ['X-Prefect-User-Id', key];
  const headers = [...(sent.headers ?? []), ...credential];
  const { status, text, headers: answered } = await send(nginx.url, { ...sent, host, headers });
  return { status, text, answered, calls: apollo.takeCalls(), visits: [...ui.visits] };
}

const deleteFlow = 'mutation { delete_flow { id } }';

for (const path of [
  '/',
  '/graphql',
  '/any/path',
  '/api/flows',
  '/index.html',
  '/settings.json',
  '/a/../b',
  '//x',
  '/%00%ff',
  '/static/app.js',
]) {
  test.serial(`POST ${path} runs with its scope and does not run without`, async (t) => {
    const { key: viewer } = await t.context.service.issue('query/*');
    const allowed = await ask(t.context, post({ query: '{ hello }' }, { path }), viewer);
    const isServed = !['/settings.json', '/%00%ff'].includes(path);
    t.deepEqual(allowed.calls, isServed ? ['query/hello'] : []);
    const refused = await ask(t.context, post({ query: deleteFlow }, { path }), viewer);
    t.true(refused.status >= 400 || path === '/settings.json', refused.text);
    const anonymous = await ask(t.context, post({ query: '{ hello }' }, { path }));
    t.true(anonymous.status >= 400 || path === '/settings.json', anonymous.text);
    t.deepEqual([...refused.calls, ...anonymous.calls, ...refused.visits, ...anonymous.visits], []);
  });
}

test.serial('a role of Prefect 2 and 3 writes to no table of Prefect 1', async (t) => {
  const query = 'mutation { update_flow_run(where: {}) { id } }';
  for (const scopes of ['role:worker', 'role:developer', 'mutation/update_flow_run']) {
    const { key } = await t.context.service.issue(scopes);
    const { status, text, calls } = await ask(t.context, post({ query }), key);
    t.is(status, 403, text);
    t.regex(text, /update_flow_run_by_pk/);
    t.deepEqual(calls, []);
  }
  const { key } = await t.context.service.issue('mutation/update_flow_run*');
  t.deepEqual((await ask(t.context, post({ query }), key)).calls, ['mutation/update_flow_run']);
});

test.serial('the pages of the user interface need no key, and reach its own server without their query', async (t) => {
  for (const [path, visit] of [
    ['/', 'GET /'],
    ['/default/flow/f1?schematic', 'GET /default/flow/f1'],
    ['/js/app.js?v=1', 'GET /js/app.js'],
    ['/x/../index.html', 'GET /index.html'],
  ] as const) {
    const { status, calls, visits, text } = await ask(t.context, { method: 'GET', path });
    t.deepEqual({ status, calls, visits, text }, { status: 200, calls: [], visits: [visit], text: 'the page' });
  }
});

const hidden = encodeURIComponent('{ flow { id } }');
for (const path of [
  `/?query=${hidden}`,
  `/graphql?query=${hidden}`,
  `/js/app.js?a&qu%65ry=${hidden}`,
  '/?extensions=%7B%7D',
  '/graphql',
]) {
  test.serial(`GET ${path} is no page: it needs a key`, async (t) => {
    const { status, calls, visits } = await ask(t.context, { method: 'GET', path });
    t.deepEqual({ status, calls, visits }, { status: 401, calls: [], visits: [] });
  });
}

test.serial('GET with a document runs with its scope', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  t.deepEqual((await ask(t.context, { method: 'GET', path: `/?query=${hidden}` }, key)).calls, ['query/flow']);
});

for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
  test.serial(`${method} reaches neither Apollo nor the user interface`, async (t) => {
    const { key } = await t.context.service.issue('*');
    const { status, calls, visits } = await ask(t.context, post({ query: '{ hello }' }, { method, path: '/' }), key);
    t.true(status >= 400);
    t.deepEqual([...calls, ...visits], []);
  });
}

test.serial('the user interface is told that its API is here', async (t) => {
  const { status, text, visits } = await ask(t.context, { method: 'GET', path: '/settings.json' });
  t.is(status, 200);
  t.deepEqual(JSON.parse(text), { server_url: `https://${host}/graphql`, base_url: '/' });
  t.deepEqual(visits, []);
});

test.serial('an upgrade to a WebSocket is refused', async (t) => {
  const { key } = await t.context.service.issue('*');
  const headers = [
    'Upgrade',
    'websocket',
    'Connection',
    'Upgrade',
    'Sec-WebSocket-Version',
    '13',
    'Sec-WebSocket-Key',
    'AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  const { status, visits } = await ask(t.context, { method: 'GET', path: '/', headers }, key);
  t.is(status, 403);
  t.deepEqual(visits, []);
});

test.serial('a mixed batch of the user interface is split here as well', async (t) => {
  const { key } = await t.context.service.issue('query/*');
  const { status, text, calls } = await ask(
    t.context,
    post([{ query: '{ hello }' }, { query: deleteFlow }], { path: '/graphql' }),
    key,
  );
  t.is(status, 200);
  t.deepEqual(calls, ['query/hello']);
  t.deepEqual(JSON.parse(text)[0], { data: { hello: 'hi' } });
  t.is(JSON.parse(text)[1].errors[0].extensions.code, 'FORBIDDEN');
});

test.serial('who has no key, or one that is refused, gets JSON and no identity', async (t) => {
  for (const key of [undefined, 'unheard-of']) {
    const { status, text, answered } = await ask(t.context, post({ query: '{ hello }' }, { path: '/' }), key);
    t.is(status, 401);
    t.is(typeof JSON.parse(text).detail, 'string');
    t.is(answered['x-auth-user'], undefined);
  }
});

for (const [what, auth, status] of [
  ['nobody answers at AUTH_UPSTREAM', () => '127.0.0.1:1', 503],
  ['another server answers 200 there', ({ ui }: FrontDoor) => ui.address, 502],
] as const) {
  test.serial(`nothing is let through when ${what}, and the pages are still served`, async (t) => {
    const { apollo, ui } = t.context;
    const nginx = await startNginx({
      auth: auth(t.context),
      prefect: '127.0.0.1:1',
      variables: { PREFECT1_SERVER_NAME: host, PREFECT1_UPSTREAM: apollo.address, PREFECT1_UI_UPSTREAM: ui.address },
      files: renderTemplates,
    });
    t.teardown(() => nginx.stop());
    const door = { ...t.context, nginx };
    const asked = await ask(door, post({ query: '{ hello }' }, { path: '/' }), 'any key');
    t.deepEqual({ status: asked.status, calls: asked.calls }, { status, calls: [] });
    t.is(typeof JSON.parse(asked.text).detail, 'string');
    t.is((await ask(door, { method: 'GET', path: '/' })).text, 'the page');
  });
}

for (const [name, value] of [
  ['PREFECT1_SERVER_NAME', 'a.test; return 200 open'],
  ['PREFECT1_SERVER_NAME', '_'],
  ['PREFECT1_UPSTREAM', 'apollo'],
  ['PREFECT1_UPSTREAM', 'apollo:4200; keepalive 1'],
  ['PREFECT1_UI_UPSTREAM', ''],
] as const) {
  test.serial(`nginx does not start with ${name}="${value}"`, async (t) => {
    const variables = {
      PREFECT1_SERVER_NAME: host,
      PREFECT1_UPSTREAM: 'a:1',
      PREFECT1_UI_UPSTREAM: 'b:1',
      [name]: value,
    };
    const start = startNginx({ auth: '127.0.0.1:1', prefect: '127.0.0.1:1', variables, files: renderTemplates });
    await t.throwsAsync(start, { message: new RegExp(`${name}=`) });
  });
}
