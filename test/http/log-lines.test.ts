import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import anyTest, { type TestFn } from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

const test = anyTest as TestFn<RunningService>;

test.before(async (t) => {
  t.context = await startService({ LOG_LEVEL: 'info' });
});
test.after.always((t) => t.context.stop());

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const LONG = 'x'.repeat(7_000);
const WIDE = '\u009b'.repeat(2_000);

/** What nginx sends of a request, byte by byte: fetch would not send all of it. */
async function askRaw(url: string, headers: Record<string, string>, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'X-Original-Content-Length': String(Buffer.byteLength(body)) };
    const options = { method: body === undefined ? 'GET' : 'POST', headers: { ...headers, ...length } };
    request(`${url}/auth`, options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    })
      .on('error', reject)
      .end(body);
  });
}

async function linesOf(service: RunningService, headers: Record<string, string>, body?: string) {
  const requestId = randomUUID();
  const status = await askRaw(service.url, { 'X-Request-Id': requestId, 'X-Real-IP': '192.0.2.7', ...headers }, body);
  const lines = service
    .logText()
    .split('\n')
    .filter((line) => line.includes(requestId));
  return {
    status,
    audit: lines.filter((line) => line.includes('"audit":true')),
    info: lines.filter((line) => !line.includes('"audit":true')),
  };
}

test('a refused request writes one line of less than 2 kB to the trail, whatever it sent', async (t) => {
  const user = `${'Zoë \u202e'.repeat(21)}x`;
  const { key } = await t.context.issue('query/nothing', { user });
  const fields = Array.from({ length: 1_500 }, (_, at) => `a_very_long_name_of_a_mutation_${at}`);
  const operation = `mutation ${'O'.repeat(5_000)} { ${fields.join(' ')} }`;
  const variables = { a: Array.from({ length: 300 }, () => '\u0085'.repeat(190)) };
  const graphql = { 'X-Original-Method': 'POST', 'X-Original-URI': '/graphql', 'Content-Type': 'application/json' };
  const cases: [string, Record<string, string>, string?][] = [
    ['a long path', { 'X-Original-Method': 'GET', 'X-Original-URI': `/api/${LONG}` }],
    ['a path of control characters', { 'X-Original-Method': 'GET', 'X-Original-URI': `/api/${WIDE}` }],
    ['a long method', { 'X-Original-Method': 'M'.repeat(7_000), 'X-Original-URI': `/api/${LONG}` }],
    ['a long address', { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/x', 'X-Real-IP': LONG }],
    ['a long header', { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/x', 'User-Agent': WIDE, Origin: WIDE }],
    ['a long query', { 'X-Original-Method': 'GET', 'X-Original-URI': `/graphql?query=${LONG}` }],
    ['a document', graphql, JSON.stringify({ query: operation, variables })],
    [
      'many documents',
      graphql,
      JSON.stringify(Array.from({ length: 50 }, () => ({ query: 'mutation { a b }', variables }))),
    ],
    ['a named route', { 'X-Original-Method': 'DELETE', 'X-Original-URI': `/api/work_pools/${LONG}` }],
  ];
  for (const [name, headers, body] of cases) {
    for (const credential of [{}, bearer(key), bearer('a guess')]) {
      const { status, audit, info } = await linesOf(t.context, { ...headers, ...credential }, body);
      t.true([401, 403, 429].includes(status), `${name}: ${status}`);
      t.is(audit.length, 1, name);
      for (const line of [...audit, ...info]) {
        t.true(Buffer.byteLength(line) < 2_048, `${name}: ${Buffer.byteLength(line)} bytes`);
        t.notThrows(() => JSON.parse(line));
      }
    }
  }
});

test('no line holds a character that does not print as itself, and all of them can be read back', async (t) => {
  const hidden = [
    '\u0085',
    '\u009b31m',
    '\u2028',
    '\u2029',
    '\u202e',
    '\u2066',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\u{e0041}',
    '\u00ad',
  ];
  for (const each of hidden) {
    const user = `mallory${each.codePointAt(0) === 0x85 || each.startsWith('\u009b') ? '\u200e' : each}ecila`;
    const { key } = await t.context.issue('mutation/create_flow*', { user });
    await ask(t.context.url, { method: 'POST', uri: '/api/flows/', headers: bearer(key) });
    await ask(t.context.url, { method: 'DELETE', uri: '/api/flows/x', headers: bearer(key) });
    const name = Buffer.from(`a${each}b`).toString('latin1');
    const sent = { ...bearer(key), 'X-Original-Method': 'GET', 'X-Original-URI': `/api/${name}`, 'User-Agent': name };
    t.is(await askRaw(t.context.url, sent), 403);
    const variables = { [`name${each}`]: `value${each}` };
    const body = JSON.stringify({ query: 'mutation { create_flow(input: {}) { id } }', variables });
    t.is((await ask(t.context.url, { method: 'POST', uri: '/graphql', headers: bearer(key), body })).status, 200);
    t.true(t.context.log().some((line) => line.user === user));
  }
  for (const line of t.context.logText().split('\n')) t.notRegex(line, HIDDEN);
});

test('the refusal of a key that is known and not valid is recorded as its own, and the client is not told', async (t) => {
  const revoked = await t.context.issue('*', { user: 'leaver' });
  await t.context.service.store.revoke(revoked.id, new Date(), 'test');
  const expired = await t.context.issue('*', { user: 'leaver', to: -1_000 });
  const early = await t.context.issue('*', { user: 'leaver', from: 60_000 });
  for (const [{ key, id }, reason] of [
    [revoked, 'revoked_key'],
    [expired, 'expired_key'],
    [early, 'not_yet_valid_key'],
  ] as const) {
    for (let count = 0; count < 2; count++) {
      const headers = { ...bearer(key), 'X-Original-Method': 'POST', 'X-Original-URI': '/api/flows/filter' };
      const { audit } = await linesOf(t.context, headers);
      t.like(JSON.parse(audit[0] ?? ''), { outcome: 'deny', reason, user: 'leaver', keyId: id });
      t.regex(audit[0] ?? '', /for leaver: /);
      const answer = await ask(t.context.url, { uri: '/api/flows/filter', headers: bearer(key) });
      const told = JSON.stringify([[...answer.headers], await answer.text()]);
      t.false(told.includes('leaver') || told.includes(id));
    }
  }
  const admin = await fetch(`${t.context.url}/cache/reset`, { method: 'POST', headers: bearer(revoked.key) });
  t.is(admin.status, 401);
  t.true(t.context.log().some((line) => line.path === '/cache/reset' && line.keyId === revoked.id));
});
