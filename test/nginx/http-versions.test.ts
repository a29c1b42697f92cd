import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { askWithCurl, type HttpVersion } from './curl.ts';
import { allowed, refused } from './gate.ts';
import { startOwnServer } from './own-server.ts';
import { GOOD } from './sites.ts';

const id = '0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f';
const body = Buffer.from('{"parameters": {"a": "caf\u00e9 $request_body"}}');
const mirrored = [
  '/api/flow_runs/',
  `/api/deployments/${id}/create_flow_run`,
  '/x/api/block_documents/filter',
  '/graphql',
];
const guarded = [
  '/api/flows/1?x=%2F',
  '/api/flows/%61b',
  '/docs',
  '/x//y',
  '/dashboard/../api/flows/1',
  '/custom/flows/1',
  ...mirrored,
];

/** The drop-in in a server that speaks all three. */
async function start(t: ExecutionContext, lines = '') {
  const gate = await startOwnServer(t, {
    version: 'newest',
    listen: (address) => `listen ${address} quic;`,
    lines: 'http2 on;',
    http: lines,
  });
  gate.auth.reply = ({ headers }) => (headers.authorization === GOOD.Authorization ? allowed : refused);
  return gate;
}

for (const http of ['1.1', '2', '3'] as const satisfies readonly HttpVersion[]) {
  test(`over HTTP/${http} a good key is let in, and no other`, async (t) => {
    const { nginx, auth, prefect } = await start(t);
    const ask = (request: Parameters<typeof askWithCurl>[2]) => askWithCurl(nginx.httpsPort, http, request);
    for (const target of guarded) {
      const question = { target, ...(mirrored.includes(target) && { method: 'POST', body }) };
      for (const headers of [{}, { Authorization: 'Bearer bad' }, { 'X-Auth-User': 'admin', 'X-Original-URI': '/' }]) {
        const answer = await ask({ ...question, headers });
        t.is(answer.status, 401, target);
        t.is(typeof JSON.parse(answer.body).detail, 'string', target);
      }
      t.deepEqual(prefect.arrivals, [], target);
      t.is((await ask({ ...question, headers: GOOD })).body, 'prefect', target);
      const [asked, arrival] = [auth.arrivals.at(-1), prefect.arrivals.pop()];
      t.is(asked?.headers['x-original-uri'], target);
      t.is(arrival?.target, target);
      t.like(
        arrival?.headers,
        { 'x-auth-user': 'alice', host: http === '3' ? 'localhost' : `localhost:${nginx.httpsPort}` },
        target,
      );
      t.false(arrival?.headerNames.includes('authorization'));
    }
  });

  test(`over HTTP/${http} a body is judged as it arrives, with and without a length`, async (t) => {
    const { nginx, auth, prefect } = await start(t);
    for (const target of mirrored) {
      for (const hasNoLength of [false, true]) {
        const question = { method: 'POST', target, body, hasNoLength };
        t.is((await askWithCurl(nginx.httpsPort, http, question)).status, 401, target);
        t.deepEqual(prefect.arrivals, []);
        t.is((await askWithCurl(nginx.httpsPort, http, { ...question, headers: GOOD })).status, 200, target);
        const asked = auth.arrivals.at(-1);
        t.deepEqual(asked?.body, body, target);
        // Of the later versions nginx counts the length itself.
        const length = http === '1.1' && hasNoLength ? undefined : `${body.length}`;
        t.is(asked?.headers['x-original-content-length'], length, target);
        t.deepEqual(prefect.arrivals.pop()?.body, body, target);
      }
    }
  });

  test(`over HTTP/${http} a large body is judged whole or refused`, async (t) => {
    const { nginx, auth, prefect } = await start(t);
    const ask = (bytes: number, hasNoLength: boolean) => {
      const question = { method: 'POST', target: '/api/flow_runs/', headers: GOOD, hasNoLength };
      return askWithCurl(nginx.httpsPort, http, { ...question, body: Buffer.alloc(bytes, 'x') });
    };
    for (const hasNoLength of [false, true]) {
      t.is((await ask(4_900_000, hasNoLength)).status, 200);
      t.deepEqual([auth.arrivals.pop()?.body.length, prefect.arrivals.pop()?.body.length], [4_900_000, 4_900_000]);
      const { status, body: text } = await ask(5_300_000, hasNoLength);
      t.is(status, 413);
      t.regex(text, /"detail"/);
    }
    t.deepEqual(prefect.arrivals, []);
  });

  test(`over HTTP/${http} a page needs no key, and what is no page does`, async (t) => {
    const { nginx, auth, prefect } = await start(t);
    for (const target of ['/', '/dashboard', '/v2/runs', '/assets/a.js']) {
      t.is((await askWithCurl(nginx.httpsPort, http, { target })).status, 200, target);
      t.is(prefect.arrivals.pop()?.target, target);
    }
    t.deepEqual(auth.arrivals, []);
    for (const target of ['/dashboard//', '/dashboard/%2e%2e/api', '/?query={x}', '/_prefect_auth'])
      t.true([401, 404].includes((await askWithCurl(nginx.httpsPort, http, { target })).status), target);
    t.is((await askWithCurl(nginx.httpsPort, http, { target: '/dashboard', method: 'POST' })).status, 401);
    t.deepEqual(prefect.arrivals, []);
  });
}

test('over HTTP/3, which has no Host header, Prefect is told the port of the client if http.conf is', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../nginx/prefect-auth/http.conf'), 'utf8');
  const [, line = ''] = /^# +(map \$http_host \$prefect_auth_own_host .*)$/m.exec(page) ?? [];
  const { nginx, prefect } = await start(t, line);
  for (const http of ['1.1', '2', '3'] as const) {
    t.is((await askWithCurl(nginx.httpsPort, http, { target: '/api/flows/1', headers: GOOD })).status, 200);
    t.like(prefect.arrivals.pop()?.headers, {
      host: `localhost:${nginx.httpsPort}`,
      'x-forwarded-host': `localhost:${nginx.httpsPort}`,
    });
  }
});
