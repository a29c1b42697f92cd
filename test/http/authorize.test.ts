import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

let service: RunningService;
test.before(async () => {
  service = await startService();
});
test.after.always(() => service.stop());

const VIEWED = { method: 'POST', uri: '/api/flows/filter' };
const CREATED = { method: 'POST', uri: '/api/flows/' };
const IDENTITY_HEADERS = ['X-Auth-User', 'X-Auth-Key-Id', 'X-Auth-Roles', 'X-Auth-Scopes', 'X-Auth-Tenant'];

function reasonOf(answer: Response): string {
  return (answer.headers.get('X-Auth-Reason') ?? '').split(';')[0] ?? '';
}

test('a key whose scopes cover the operation is let in under its own name', async (t) => {
  const { key, id } = await service.issue('role:viewer, mutation/create_flow', { user: 'Zoë' });
  const answer = await ask(service.url, { ...CREATED, headers: { ...bearer(key), 'X-Request-Id': 'abc123' } });
  t.is(answer.status, 200);
  t.deepEqual(
    IDENTITY_HEADERS.map((name) => answer.headers.get(name)),
    ['Zo%C3%AB', id, 'viewer', 'role:viewer, mutation/create_flow', 'Default'],
  );
  t.is(answer.headers.get('X-Request-Id'), 'abc123');
  t.is(answer.headers.get('Cache-Control'), 'no-store');
  t.is(answer.headers.get('X-Auth-Reason'), null);
});

test('the use of a key is noted, and that of one which is over is not', async (t) => {
  const used = await service.issue('query/*');
  const over = await service.issue('query/*', { to: -1_000 });
  const started = Math.floor(Date.now() / 1000) * 1000;
  for (const { key } of [over, used, used]) await ask(service.url, { ...VIEWED, headers: bearer(key) });
  const lastUseOf = async ({ id }: { id: string }) => (await service.service.store.get(id)).lastUsedAt;
  while ((await lastUseOf(used)) === undefined) await delay(250);
  t.true(((await lastUseOf(used))?.getTime() ?? 0) >= started);
  t.is(await lastUseOf(over), undefined);
});

test('two users are never one to Prefect, whatever their names are made of', async (t) => {
  const users = [
    'a b',
    'a  b',
    'a\u00a0b',
    'a\u3000b',
    'a\u200bb',
    'a%20b',
    'a%2520b',
    'a+b',
    'ab',
    'Ａ',
    'A',
    '\u00e9',
    'e\u0301',
  ];
  const seen = new Set<string | null>();
  for (const user of users) {
    const { key } = await service.issue('query/*', { user });
    seen.add((await ask(service.url, { ...VIEWED, headers: bearer(key) })).headers.get('X-Auth-User'));
  }
  t.is(seen.size, users.length, [...seen].join(' | '));
});

test('all three ways to present a key are read, and every request is judged anew', async (t) => {
  const { key } = await service.issue('query/*');
  const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  for (const headers of [bearer(key), basic(`alice:${key}`), basic(key), { 'X-Prefect-User-Id': key }]) {
    t.is((await ask(service.url, { ...VIEWED, headers })).status, 200);
    t.is((await ask(service.url, { ...CREATED, headers })).status, 403);
  }
});

test('a refused request gets its status and reason, no identity, and one line in the audit trail', async (t) => {
  const viewer = await service.issue('role:viewer');
  const expired = await service.issue('*', { to: -1000 });
  const early = await service.issue('*', { from: 60_000 });
  const broken = await service.issue('*, !mutation');
  const cases: [string, Parameters<typeof ask>[1], number, string][] = [
    ['no key', VIEWED, 401, 'missing_credential'],
    ['garbage', { ...VIEWED, headers: bearer('nonsense') }, 401, 'unknown_key'],
    ['a mistyped key', { ...VIEWED, headers: bearer(`${viewer.key.slice(0, -1)}!`) }, 401, 'unknown_key'],
    ['a digest', { ...VIEWED, headers: bearer(`sha256:${'0'.repeat(64)}`) }, 401, 'unknown_key'],
    ['another scheme', { ...VIEWED, headers: { Authorization: 'Digest x' } }, 401, 'malformed_credential'],
    ['two words', { ...VIEWED, headers: bearer(`${viewer.key} x`) }, 401, 'malformed_credential'],
    [
      'a malformed header before a good one',
      { ...VIEWED, headers: { Authorization: 'Bearer', 'X-Prefect-User-Id': viewer.key } },
      401,
      'malformed_credential',
    ],
    ['an expired key', { ...VIEWED, headers: bearer(expired.key) }, 401, 'expired_key'],
    ['a key of tomorrow', { ...VIEWED, headers: bearer(early.key) }, 401, 'not_yet_valid_key'],
    ['a viewer who writes', { ...CREATED, headers: bearer(viewer.key) }, 403, 'insufficient_scope'],
    ['scopes that do not parse', { ...VIEWED, headers: bearer(broken.key) }, 403, 'insufficient_scope'],
    ['an unknown route', { method: 'POST', uri: '/api/new', headers: bearer(viewer.key) }, 403, 'insufficient_scope'],
    ['a dot segment', { uri: '/api/x/../flows', headers: bearer(viewer.key) }, 403, 'ambiguous_path'],
    [
      'a body that is not shown',
      {
        method: 'POST',
        uri: '/graphql',
        headers: { ...bearer(viewer.key), 'Content-Type': 'application/json', 'X-Original-Content-Length': '20' },
      },
      403,
      'unreadable_request',
    ],
    [
      'half a document',
      { method: 'POST', uri: '/graphql', headers: bearer(viewer.key), body: '{"query":"{"}' },
      403,
      'unreadable_request',
    ],
  ];
  for (const [name, original, status, reason] of cases) {
    const requestId = name.replaceAll(' ', '-');
    const answer = await ask(service.url, {
      ...original,
      headers: { ...original.headers, 'X-Request-Id': requestId },
    });
    t.is(answer.status, status, name);
    t.is(reasonOf(answer), reason, name);
    t.regex(answer.headers.get('X-Auth-Reason') ?? '', /^\w+; [\x20-\x7e]+$/, name);
    t.is(answer.headers.get('WWW-Authenticate'), status === 401 ? 'Bearer realm="Prefect"' : null, name);
    t.deepEqual(
      IDENTITY_HEADERS.filter((header) => answer.headers.has(header)),
      [],
      name,
    );
    const lines = service.log().filter((line) => line.requestId === requestId);
    t.is(lines.length, 1, name);
    t.like(lines[0], { audit: true, outcome: 'deny', reason }, name);
  }
});

test('a refusal names the scope that is missing', async (t) => {
  const { key } = await service.issue('role:viewer');
  const answer = await ask(service.url, { method: 'POST', uri: '/api/work_pools/', headers: bearer(key) });
  t.regex(answer.headers.get('X-Auth-Reason') ?? '', /lacks the scope mutation\/create_work_pool\./);
  t.regex(((await answer.json()) as { detail: string }).detail, /mutation\/create_work_pool/);
});

test('what nginx has to say is required, once and well formed', async (t) => {
  const { key } = await service.issue('*');
  const asks: Record<string, string | string[]>[] = [
    { 'X-Original-URI': '/api/flows/' },
    { 'X-Original-Method': 'GET' },
    { 'X-Original-Method': '', 'X-Original-URI': '/api/flows/' },
    { 'X-Original-Method': 'GET', 'X-Original-URI': '' },
    { 'X-Original-Method': ['GET', 'POST'], 'X-Original-URI': '/api/hello' },
    { 'X-Original-Method': 'GET', 'X-Original-URI': ['/api/hello', '/api/flows/'] },
    { 'X-Original-Method': 'get', 'X-Original-URI': '/api/hello' },
    { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/hello', 'X-Original-Content-Length': '-1' },
    { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/hello', Authorization: [`Bearer ${key}`, 'Bearer x'] },
    { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/hello', Upgrade: 'websocket, h2c' },
    { 'X-Original-Method': 'DELETE', 'X-Original-URI': '/api/work_pools/p/workers/connect', Upgrade: 'websocket' },
    { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/api/hello' },
  ];
  for (const headers of asks) {
    const status = await statusOf({ Authorization: `Bearer ${key}`, ...headers });
    t.is(status, 403, JSON.stringify(headers));
  }
  t.is(
    await statusOf({ Authorization: `Bearer ${key}`, 'X-Original-Method': 'GET', 'X-Original-URI': '/api/hello' }),
    200,
  );
});

/** fetch joins what it is given twice; this sends it twice. */
async function statusOf(headers: Record<string, string | string[]>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${service.url}/auth`, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('a GraphQL host speaks GraphQL on every path', async (t) => {
  const { key } = await service.issue('query/flow');
  const body = '{"query":"{ flow { id } }"}';
  const original = { method: 'POST', uri: '/', headers: bearer(key), body, path: '/auth/graphql' };
  t.is((await ask(service.url, original)).status, 200);
  t.is((await ask(service.url, { ...original, body: '{"query":"mutation { delete_flow { id } }"}' })).status, 403);
  t.is((await ask(service.url, { ...original, uri: '/api/health', method: 'GET' })).status, 403);
});

test('a path that only begins like GraphQL is ambiguous, whatever document its URL holds', async (t) => {
  const { key } = await service.issue('query/flow');
  const api = 'api/block_documents/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f';
  for (const path of [
    `/graphql/../${api}`,
    `/graphql//../${api}`,
    `/graphql/./../${api}`,
    '/graphql/..',
    '/graphql//x',
  ]) {
    for (const document of ['{flow{id}}', '{auth_info{user_id}}']) {
      const answer = await ask(service.url, { uri: `${path}?query=${document}`, headers: bearer(key) });
      t.deepEqual([answer.status, reasonOf(answer)], [403, 'ambiguous_path'], path);
    }
  }
});

test('a GraphQL path is GraphQL however it is spelled', async (t) => {
  const { key } = await service.issue('query/flow');
  for (const uri of ['/graphql', '/%67raphql', '/GraphQL', '/graphql/x']) {
    const query = `${uri}?query=${encodeURIComponent('{ tenant { id } }')}`;
    t.is((await ask(service.url, { uri: query, headers: bearer(key) })).status, 403, uri);
  }
});

test('allowed reads leave no audit line, allowed mutations leave one', async (t) => {
  const { key, id } = await service.issue('*', { user: 'bob' });
  await ask(service.url, { ...VIEWED, headers: { ...bearer(key), 'X-Request-Id': 'read' } });
  await ask(service.url, {
    ...CREATED,
    headers: { ...bearer(key), 'X-Request-Id': 'write', 'X-Real-IP': '192.0.2.7' },
  });
  t.is(service.log().filter((line) => line.requestId === 'read').length, 0);
  const [line, ...others] = service.log().filter((entry) => entry.requestId === 'write');
  t.is(others.length, 0);
  t.like(line, { outcome: 'allow', user: 'bob', keyId: id, operations: ['mutation/create_flow'], client: '192.0.2.7' });
  t.regex(String(line?.msg), /^PREFECT_AUDIT_TRAIL: ALLOWED mutation\/create_flow for bob/);
});
