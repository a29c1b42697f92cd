import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import { issuedKey, keyPage, keyRecord } from '../../src/http/admin/admin-keys-schema.ts';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

let service: RunningService;
test.before(async () => {
  service = await startService();
});
test.after.always(() => service.stop());

const HOUR = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

async function call(key: string | undefined, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: { ...(key && bearer(key)), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answered = await answer.text();
  return {
    status: answer.status,
    body: answered === '' ? {} : JSON.parse(answered),
    reason: answer.headers.get('X-Auth-Reason'),
  };
}

const mayReadFlows = async (key: string) =>
  (await ask(service.url, { method: 'POST', uri: '/api/flows/filter', headers: bearer(key) })).status === 200;

test.serial('a platform issues, lists, shows, rotates and revokes keys', async (t) => {
  const { key: admin } = await service.issue('role:owner, admin/keys/*', { user: 'platform' });
  const created = await call(admin, 'POST', '/admin/keys', {
    user: 'team',
    scopes: 'role:runner',
    description: 'CI',
    expiresAt: inHours(0.5),
  });
  t.is(created.status, 201);
  issuedKey.parse(created.body);
  t.like(created.body, { user: 'team', scopes: 'role:runner', state: 'valid', createdBy: 'platform' });
  t.true(await mayReadFlows(created.body.key));

  const page = await call(admin, 'GET', '/admin/keys?user=team&limit=1');
  t.is(keyPage.parse(page.body).keys[0]?.id, created.body.id);
  t.is(keyRecord.parse((await call(admin, 'GET', `/admin/keys/${created.body.id}`)).body).description, 'CI');

  const rotated = await call(admin, 'POST', `/admin/keys/${created.body.id}/rotate`, { graceSeconds: 60 });
  t.is(rotated.status, 201);
  t.like((await call(admin, 'GET', `/admin/keys/${created.body.id}`)).body, {
    state: 'in grace',
    replacedBy: rotated.body.id,
  });
  t.true((await mayReadFlows(created.body.key)) && (await mayReadFlows(rotated.body.key)));
  t.is((await call(admin, 'POST', `/admin/keys/${created.body.id}/rotate`, {})).status, 409);

  for (const { id, key } of [created.body, rotated.body]) {
    t.is((await call(admin, 'POST', `/admin/keys/${id}/revoke`, {})).body.state, 'revoked');
    t.false(await mayReadFlows(key), 'at once, whatever was cached');
  }
  const changes = service.log().filter((line) => String(line.msg).startsWith('PREFECT_AUDIT_TRAIL: CHANGED'));
  t.is(changes.length, 4);
  t.like(changes.at(-1), {
    user: 'platform',
    operations: ['admin/keys/revoke'],
    change: { id: rotated.body.id, user: 'team' },
  });
  for (const key of [admin, created.body.key, rotated.body.key]) t.false(service.logText().includes(key));
});

test.serial('each endpoint takes its own scope, and no wildcard of Prefect operations', async (t) => {
  const { id } = await service.issue('query/*');
  const endpoints = [
    ['create', 'POST', '/admin/keys'],
    ['list', 'GET', '/admin/keys'],
    ['show', 'GET', `/admin/keys/${id}`],
    ['rotate', 'POST', `/admin/keys/${id}/rotate`],
    ['revoke', 'POST', `/admin/keys/${id}/revoke`],
  ] as const;
  for (const [name, method, path] of endpoints) {
    t.is((await call(undefined, method, path)).status, 401, name);
    const others = endpoints.map(([other]) => `admin/keys/${other}`).filter((scope) => !scope.endsWith(name));
    for (const scopes of [
      '*, */*, query/*, mutation/*',
      'role:owner',
      others.join(),
      'admin/*, !admin/keys/*',
      'admin/cache',
    ]) {
      const { key } = await service.issue(scopes);
      t.is((await call(key, method, path, method === 'POST' ? {} : undefined)).status, 403, `${name} with ${scopes}`);
    }
  }
});

test.serial('nobody gives what they do not hold, nor longer than they hold it', async (t) => {
  const { key } = await service.issue('role:runner, mutation/create_*, !mutation/create_variable, admin/keys/*');
  const expiresAt = inHours(0.5);
  for (const scopes of [
    '*',
    'role:owner',
    'role:developer',
    'mutation/*',
    'mutation/create_*',
    'mutation/create_variable',
    'query/*',
    'admin/*',
    'admin/cache',
    '{"GET": ["api/*"]}',
  ]) {
    const refused = await call(key, 'POST', '/admin/keys', { user: 'x', scopes, expiresAt });
    t.is(refused.status, 403, scopes);
    t.regex(refused.reason ?? '', /^insufficient_scope; .*Your key does not have/, scopes);
  }
  for (const scopes of [
    'role:runner',
    'role:viewer',
    'mutation/create_flow',
    'admin/keys/list',
    'mutation/create_*, !mutation/create_v*',
  ])
    t.is((await call(key, 'POST', '/admin/keys', { user: 'x', scopes, expiresAt })).status, 201, scopes);
  const longer = await call(key, 'POST', '/admin/keys', { user: 'x', scopes: 'role:viewer', expiresAt: inHours(2) });
  t.is(longer.status, 403);
  t.regex(longer.reason ?? '', /cannot make one that ends later/);

  const stronger = await service.issue('role:owner', { to: HOUR / 2 });
  t.is((await call(key, 'POST', `/admin/keys/${stronger.id}/rotate`, {})).status, 403);
  const long = await service.issue('role:viewer', { from: -10 * HOUR, to: 10 * HOUR });
  t.is((await call(key, 'POST', `/admin/keys/${long.id}/rotate`, {})).status, 403, 'its successor would end later');
  t.is((await call(key, 'POST', `/admin/keys/${long.id}/rotate`, { expiresAt })).status, 201);
  t.is(
    (await call(key, 'POST', `/admin/keys/${stronger.id}/revoke`, {})).status,
    200,
    'whoever responds to a leak need not be an owner',
  );
  t.true(await mayReadFlows(key));
});

test.serial('a key that a key issued is never allowed what its issuer is not', async (t) => {
  const words = [
    'query/*',
    'query/read_flow*',
    'mutation/*',
    'mutation/create_*',
    'mutation/delete_flow',
    'role:viewer',
    'role:runner',
    '*',
    '!mutation/delete_*',
    '!query/read_flow*',
    '{"DELETE": ["api/*"]}',
  ];
  const text = fc
    .uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 })
    .map((all) => all.find((word) => word.startsWith('{')) ?? all.join(' '));
  const flow = '11111111-1111-4111-8111-111111111111';
  const requests = [
    { method: 'POST', uri: '/api/flows/filter' },
    { method: 'POST', uri: '/api/flows/', body: '{"name":"x"}' },
    { method: 'DELETE', uri: `/api/flows/${flow}` },
    { method: 'GET', uri: `/api/flows/${flow}` },
  ];
  const allowed = (key: string) =>
    Promise.all(
      requests.map(async (request) => (await ask(service.url, { ...request, headers: bearer(key) })).status === 200),
    );
  let issued = 0;
  await fc.assert(
    fc.asyncProperty(text, text, async (own, given) => {
      const scopes = own.startsWith('{') ? own : `${own} admin/keys/create`;
      const giver = await service.issue(scopes);
      const answer = await call(giver.key, 'POST', '/admin/keys', {
        user: 'x',
        scopes: given,
        expiresAt: inHours(0.5),
      });
      if (answer.status !== 201) return;
      issued++;
      const [before, after] = [await allowed(giver.key), await allowed(answer.body.key)];
      for (const [index, isAllowed] of after.entries())
        t.true(!isAllowed || before[index] === true, `${own} -> ${given}`);
    }),
    { numRuns: 60 },
  );
  t.true(issued > 5, `only ${issued} keys were issued`);
});

test.serial('what does not read is refused by name, and nothing is issued', async (t) => {
  const { key, id } = await service.issue('role:owner, admin/keys/*');
  const whole = { user: 'x', scopes: 'query/*', expiresAt: inHours(0.5) };
  const wrong: [unknown, RegExp][] = [
    [{}, /user: /],
    [{ ...whole, user: 5 }, /user: /],
    [{ ...whole, user: '' }, /user name is empty/],
    [{ ...whole, user: 'a\0' }, /control character/],
    [{ ...whole, scopes: 'nonsense' }, /grant nothing/],
    [{ ...whole, scopes: 'role:nobody' }, /no role/],
    [{ ...whole, expiresAt: '2027-01-31' }, /expiresAt: must be a time with its zone/],
    [{ ...whole, expiresAt: '2020-01-31T00:00:00Z' }, /expire before it becomes valid/],
    [{ ...whole, expire: inHours(1) }, /expire/],
    ['nonsense', /not a JSON object/],
    ['[1]', /input: /],
    [{ ...whole, description: 'x'.repeat(20_000) }, /16 kB/],
    [{ ...whole, scopes: `query/${'x'.repeat(15_000)}` }, /scopes: Too big/],
  ];
  for (const [body, message] of wrong) {
    const { status, body: answer } = await call(key, 'POST', '/admin/keys', body);
    t.is(status, 400, JSON.stringify(body).slice(0, 80));
    t.regex(answer.detail, message);
  }
  t.is((await call(key, 'GET', '/admin/keys?limit=0')).status, 400);
  t.is((await call(key, 'GET', '/admin/keys?after=x')).status, 400);
  t.is((await call(key, 'GET', '/admin/keys?users=x')).status, 400);
  t.is((await call(key, 'GET', '/admin/keys/nothing')).status, 404);
  t.is((await call(key, 'POST', '/admin/keys/nothing/rotate', {})).status, 404);
  t.is((await call(key, 'POST', '/admin/keys/nothing/revoke', {})).status, 404);
  t.is((await call(key, 'POST', `/admin/keys/${id}/rotate`, { graceSeconds: -1 })).status, 400);
});

test.serial('a request that names a type of body and brings none is like one without the type', async (t) => {
  const { key: admin } = await service.issue('role:owner, admin/keys/*', { user: 'platform' });
  const { id } = await service.issue('role:runner');
  for (const length of [[], ['Content-Length: 0']]) {
    const line = await firstLine('GET /admin/keys HTTP/1.1', admin, 'Content-Type: application/json', ...length);
    t.is(line, 'HTTP/1.1 200 OK');
  }
  const line = await firstLine(`POST /admin/keys/${id}/revoke HTTP/1.1`, admin, 'Content-Type: application/json');
  t.is(line, 'HTTP/1.1 200 OK');
  t.truthy((await call(admin, 'GET', `/admin/keys/${id}`)).body.revokedAt);
});

/** Of the answer to a request as it is written here, which fetch would complete. */
async function firstLine(request: string, key: string, ...headers: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  const lines = [request, 'Host: localhost', 'Connection: close', `Authorization: Bearer ${key}`, ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return (await text(socket)).split('\r\n', 1)[0] ?? '';
}

test.serial('the OpenAPI document describes each route, and each route answers', async (t) => {
  const { body: document } = await call(undefined, 'GET', '/admin/openapi.json');
  t.is(document.openapi, '3.1.0');
  const described = Object.entries<Record<string, { responses: object; parameters: { name: string }[] }>>(
    document.paths,
  ).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
  t.deepEqual(described.toSorted(), [
    'GET /admin/keys',
    'GET /admin/keys/{id}',
    'POST /admin/keys',
    'POST /admin/keys/{id}/revoke',
    'POST /admin/keys/{id}/rotate',
  ]);
  const { key, id } = await service.issue('role:owner, admin/keys/*');
  for (const route of described) {
    const [method = '', path = ''] = route.split(' ');
    const operation = document.paths[path][method.toLowerCase()];
    const url = path.replace('{id}', id);
    for (const [caller, body] of [
      [undefined, {}],
      [key, 'nonsense'],
      [key, { user: 'x', scopes: 'query/*', expiresAt: inHours(0.1) }],
    ] as const) {
      const { status } = await call(caller, method, url, method === 'POST' ? body : undefined);
      t.true(Object.hasOwn(operation.responses, status), `${route}: ${status}`);
    }
  }
  const query = document.paths['/admin/keys'].get.parameters.map((parameter: { name: string }) => parameter.name);
  t.deepEqual(query, ['user', 'expiresBefore', 'unusedSince', 'after', 'limit']);
  t.true(
    document.paths['/admin/keys'].post.requestBody.content['application/json'].schema.required.includes('expiresAt'),
  );
});
