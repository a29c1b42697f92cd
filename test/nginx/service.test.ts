import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { WebSocket } from 'ws';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { bearer, type RunningService, startService } from '../support/service/service.ts';
import { type Answer, exchange, openConnection, type Request, toBytes } from './exchange.ts';
import { type Recorder, startRecorder } from './recorder.ts';

/** nginx, the service that decides, and a Prefect that only records. */
interface Guarded {
  readonly service: RunningService;
  readonly prefect: Recorder;
  readonly nginx: Nginx;
  send(key: string | undefined, request: Request): Promise<Answer>;
}

let guarded: Guarded;
test.before(async () => {
  const service = await startService({ LOG_LEVEL: 'info' });
  const prefect = await startRecorder(() => ({ status: 200, body: '"prefect"' }));
  const nginx = await startNginx({ auth: new URL(service.url).host, prefect: prefect.address });
  const send: Guarded['send'] = (key, { headers = [], ...request }) => {
    const isTyped = request.body === undefined || headers.some((line) => line.startsWith('Content-Type:'));
    const json = isTyped ? [] : ['Content-Type: application/json'];
    const credential = key === undefined ? [] : [`Authorization: Bearer ${key}`];
    return exchange(nginx.httpsPort, { ...request, headers: [...credential, ...json, ...headers] });
  };
  guarded = { service, prefect, nginx, send };
});
test.after.always(() => Promise.all([guarded.nginx.stop(), guarded.service.stop(), guarded.prefect.stop()]));

const deployment = '/api/deployments/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f/create_flow_run';
const reads: readonly Request[] = [
  { target: '/api/admin/version' },
  { method: 'POST', target: '/api/flows/filter', body: '{}' },
  { method: 'POST', target: '/api/block_documents/filter', body: '{"include_secrets": false}' },
  { method: 'POST', target: '/graphql', body: '{"query": "{ flow { id } }"}' },
  { target: '/docs' },
  { target: '/%61pi/flows/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f' },
];
const writes: readonly Request[] = [
  { method: 'POST', target: '/api/work_pools/', body: '{"name": "p"}' },
  { method: 'POST', target: deployment, body: '{}' },
  { method: 'POST', target: '/api/flow_runs/', body: '{}' },
  { method: 'POST', target: '/api/block_documents/filter', body: '{"include_secrets": true}' },
  { method: 'POST', target: '/graphql', body: '{"query": "mutation { delete_flow(input: {}) { success } }"}' },
  { method: 'DELETE', target: '/graphql', body: '{"query": "{ flow { id } }"}' },
  { target: '/api/x/%2e%2e/flows/filter' },
  { target: '//api/health' },
];

test.serial('a viewer reads, an owner does everything, and who has no key nothing', async (t) => {
  const { service, prefect, send } = guarded;
  const viewer = await service.issue('role:viewer');
  const owner = await service.issue('role:owner', { user: 'olga' });
  const expired = await service.issue('*', { to: -1000 });
  for (const request of reads) {
    t.is((await send(viewer.key, request)).status, 200, request.target);
    t.is(prefect.arrivals.pop()?.headers['x-auth-user'], 'alice');
  }
  for (const request of writes) {
    const answer = await send(viewer.key, request);
    t.is(answer.status, 403, `${request.method} ${request.target}`);
    t.regex(
      JSON.parse(answer.body).detail,
      /^(insufficient_scope|ambiguous_path|unsupported_request|unreadable_request); /,
    );
  }
  for (const request of [...reads, ...writes]) {
    for (const key of [undefined, 'pfa_unknown', expired.key]) {
      const answer = await send(key, request);
      t.true([401, 403].includes(answer.status), `${request.method} ${request.target}: ${answer.status}`);
      t.is(typeof JSON.parse(answer.body).detail, 'string');
    }
  }
  t.deepEqual(prefect.arrivals, []);
  for (const request of writes.slice(0, 5)) {
    t.is((await send(owner.key, request)).status, 200, request.target);
    const arrival = prefect.arrivals.pop();
    t.deepEqual([arrival?.target, arrival?.body.toString()], [request.target, request.body]);
    t.is(arrival?.headers['x-auth-user'], 'olga');
  }
});

test.serial('health is public, and nothing that only looks like it', async (t) => {
  const { prefect, send } = guarded;
  for (const target of ['/api/health', '/api/ready']) {
    t.is((await send(undefined, { target })).status, 200, target);
    t.is(prefect.arrivals.pop()?.target, target);
  }
  for (const target of [
    '/api/health/',
    '/api/variables/name/health',
    '/api/health/../flows/filter',
    '/api/flows?/api/health',
    '/api/flows%3F/api/health',
  ]) {
    const { status } = await send(undefined, { target, headers: ['User-Agent: kube-probe/1.30'] });
    t.true([401, 403].includes(status), `${target}: ${status}`);
  }
  t.deepEqual(prefect.arrivals, []);
});

test.serial('a WebSocket opens with a key that may, and with no other', async (t) => {
  const { service, prefect, nginx } = guarded;
  const owner = await service.issue('role:owner');
  const viewer = await service.issue('role:viewer');
  const open = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(`${nginx.url.replace('https', 'wss')}/api/events/in`, {
        rejectUnauthorized: false,
        headers,
      });
      t.teardown(() => socket.terminate());
      socket.on('error', () => {}); // `terminate` says so when it is not open
      socket.on('open', () => resolve(101)).on('unexpected-response', (_, response) => resolve(response.statusCode));
    });
  t.is(await open({}), 401);
  t.is(await open(bearer(viewer.key)), 403);
  t.deepEqual(prefect.arrivals, []);
  t.is(await open(bearer(owner.key)), 101);
  t.is(prefect.arrivals.pop()?.target, '/api/events/in');
});

test.serial('a body that the service does not see is a denial where the decision needs it', async (t) => {
  const { service, prefect, send } = guarded;
  const { key } = await service.issue('role:owner');
  const document = '{"query": "{ hello }"}';
  const hidden: readonly Request[] = [
    { method: 'POST', target: '/graphql' },
    { method: 'POST', target: '/graphql', body: 'not json' },
    { method: 'POST', target: '/graphql', body: `{"query": "{ ${'x '.repeat(10)}"}` },
    { method: 'POST', target: '/graphql', headers: ['Content-Encoding: gzip'], body: document },
    { method: 'POST', target: '/graphql', headers: ['Content-Type: text/plain'], body: document },
  ];
  for (const request of hidden) {
    const { status, body } = await send(key, request);
    t.is(status, 403, body);
  }
  const over = Buffer.alloc(5 * 1024 * 1024 + 1, ' ');
  t.is((await send(key, { method: 'POST', target: '/graphql', body: over })).status, 413);
  t.deepEqual(prefect.arrivals, []);
});

test.serial('no key is in what nginx logs, or the service', async (t) => {
  const { service, nginx, send } = guarded;
  const { key } = await service.issue('role:viewer');
  for (const request of [...reads, ...writes]) await send(key, request);
  t.true(service.logText().includes('/api/work_pools/') && nginx.log().includes('/api/work_pools/'));
  t.false(service.logText().includes(key));
  t.false(nginx.log().includes(key));
});

test.serial(
  'large bodies that are refused before they are read end neither the client’s connection nor the service’s',
  async (t) => {
    const { service, prefect, nginx } = guarded;
    const { key } = await service.issue('{"GET": ["api/*"]}');
    const headers = [`Authorization: Bearer ${key}`, 'Content-Type: application/json', 'Connection: keep-alive'];
    const socket = await openConnection(nginx.httpsPort);
    t.teardown(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    const before = prefect.arrivals.length;
    for (const target of [deployment, '/graphql', '/api/flow_runs/']) {
      const body = `{"parameters": "${'x'.repeat(4_700_000)}"}`;
      socket.write(toBytes({ method: 'POST', target, headers, body }));
      socket.write(toBytes({ target: '/api/admin/version', headers }));
    }
    const answers = () => received.match(/(?<=HTTP\/1\.1 )\d+|insufficient_scope/g) ?? [];
    while (answers().length < 9) await once(socket, 'data', { signal: AbortSignal.timeout(10_000) });
    t.deepEqual(answers(), Array(3).fill(['403', 'insufficient_scope', '200']).flat());
    t.is(prefect.arrivals.length - before, 3);
  },
);

test('with the service gone requests are refused, and let in again when it is back', async (t) => {
  const prefect = await startRecorder(() => ({ status: 200 }));
  const auth = createServer((request, response) => {
    const verdict = `prefect-auth allows ${request.headers['x-request-id']}`;
    response.writeHead(200, { 'X-Auth-Verdict': verdict }).end();
  });
  const listen = (port: number) => new Promise<void>((resolve) => auth.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = auth.address() as AddressInfo;
  const nginx = await startNginx({ auth: `127.0.0.1:${port}`, prefect: prefect.address });
  t.teardown(async () => {
    auth.close().closeAllConnections();
    await Promise.all([nginx.stop(), prefect.stop()]);
  });
  const get = async () => (await exchange(nginx.httpsPort, { target: '/api/flows/1' })).status;
  t.is(await get(), 200);
  await new Promise((resolve) => {
    auth.close(resolve);
    auth.closeAllConnections();
  });
  t.deepEqual([await get(), await get()], [503, 503]);
  await listen(port);
  t.deepEqual([await get(), await get()], [200, 200]);
  t.is(prefect.arrivals.length, 3);
});

test.serial('a key works and a refusal is told however long its names are', async (t) => {
  const { service, prefect, send } = guarded;
  const path = '/\u00e9'.repeat(980);
  const names = [
    { user: '\u{1f986}'.repeat(128), scopes: `query/read_version ${'query/x '.repeat(247)}` },
    { user: 'alice', scopes: `{"GET": ["api/admin/version", "${path}"]}` },
  ];
  for (const { user, scopes } of names) {
    const { key } = await service.issue(scopes, { user });
    t.is((await send(key, { target: '/api/admin/version' })).status, 200);
    t.is(decodeURIComponent(`${prefect.arrivals.pop()?.headers['x-auth-user']}`), user);
  }
  const { key } = await service.issue('query/hello');
  for (const length of [10, 180, 5_000, 400_000]) {
    const body = JSON.stringify({ query: `mutation { ${'x'.repeat(length)} }` });
    const answer = await send(key, { method: 'POST', target: '/graphql', body });
    t.is(answer.status, 403);
    const { detail } = JSON.parse(answer.body);
    if (length < 200) t.true(detail.startsWith('insufficient_scope; This key lacks the scope mutation/xxx'));
    else
      t.is(
        detail,
        'unsupported_request; The GraphQL document asks for a field whose name has more than 200 characters.',
      );
  }
});
