import test from 'ava';
import type { Answer } from './exchange.ts';
import { allowed, layouts, refused, startGate } from './gate.ts';
import type { Reply } from './recorder.ts';

const targets = ['/api/flows/filter', '/api/flow_runs/', '/graphql', '/docs', '/x/%2e%2e/api/flows'];

function detailOf({ headers, body }: Answer): string {
  if (headers.get('content-type') !== 'application/json') throw new Error(`not JSON: ${body}`);
  return JSON.parse(body).detail;
}

for (const layout of layouts) {
  test(`${layout}: a denial is JSON with the service's reason, and nothing arrives`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    const reason = 'insufficient_scope; alice may not do this: it needs mutation/create_work_pool';
    for (const target of targets) {
      for (const [status, reply] of [
        [401, refused],
        [403, { status: 403, headers: { 'X-Auth-Reason': reason } }],
      ] as const) {
        auth.reply = () => reply;
        const answer = await send({ method: 'POST', target, body: '{}' });
        t.is(answer.status, status, target);
        t.is(detailOf(answer), reply.headers?.['X-Auth-Reason'] ?? '');
        t.is(answer.headers.get('cache-control'), 'no-store');
        t.is(answer.headers.get('www-authenticate'), status === 401 ? 'Bearer realm="prefect"' : null);
        t.is(answer.headers.get('location'), null);
      }
    }
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: a fault of the service is a 503 to try again, never a pass`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    const replies: Reply[] = [
      { status: 500, headers: { 'X-Auth-User': 'alice' } },
      { status: 503, headers: { 'Retry-After': '5', 'X-Auth-Reason': 'store_unavailable; the store does not answer' } },
      { status: 400 },
      { status: 404 },
      { status: 407 },
      { status: 413 },
      { status: 301, headers: { Location: '/login' } },
      { status: 302, headers: { Location: '/login', 'X-Auth-User': 'alice' } },
    ];
    for (const target of targets) {
      for (const reply of replies) {
        auth.reply = () => reply;
        const answer = await send({ method: 'POST', target, body: '{}' });
        t.is(answer.status, 503, `${reply.status} ${target}`);
        t.is(answer.headers.get('retry-after'), '5');
        t.regex(detailOf(answer), reply.status === 503 ? /^store_unavailable; / : /safe to retry/);
      }
    }
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: too many failures is a true 429`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    auth.reply = () => ({
      status: 429,
      headers: { 'Retry-After': '17', 'X-Auth-Reason': 'too_many_failures; wait 17 seconds' },
    });
    for (const target of targets) {
      const answer = await send({ method: 'POST', target, body: '{}' });
      t.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '17'], target);
      t.is(detailOf(answer), 'too_many_failures; wait 17 seconds');
    }
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: with the service down the UI's files are served and nothing else`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    await auth.stop();
    for (const target of targets) {
      const answer = await send({ method: 'POST', target, body: '{}', headers: ['Authorization: Bearer k'] });
      t.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '5'], target);
      t.is(typeof detailOf(answer), 'string');
    }
    t.deepEqual(prefect.arrivals, []);
    t.is((await send({ target: '/' })).status, 200);
  });

  test(`${layout}: Prefect's own errors pass as they are`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    auth.reply = () => allowed;
    for (const status of [400, 401, 403, 404, 405, 409, 413, 422, 423, 429, 500, 502, 503]) {
      prefect.reply = () => ({
        status,
        headers: { 'Content-Type': 'text/plain', 'Retry-After': '9' },
        body: `prefect ${status}`,
      });
      for (const target of targets) {
        const answer = await send({ method: 'POST', target });
        t.deepEqual(
          [answer.status, answer.body, answer.headers.get('retry-after')],
          [status, `prefect ${status}`, '9'],
        );
      }
    }
  });
}

test('a service that takes too long is a 503', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => ({ ...allowed, afterMs: 8000 });
  const answers = await Promise.all(targets.map((target) => send({ method: 'POST', target, body: '{}' })));
  for (const answer of answers) t.deepEqual([answer.status, typeof detailOf(answer)], [503, 'string']);
  t.deepEqual(prefect.arrivals, []);
});

test('a 200 of anything else than the service lets nothing through', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  const verdicts = ['', 'f'.repeat(32), 'x', '.*'].map((id) => `prefect-auth allows ${id}`);
  for (const verdict of ['', 'allow', ...verdicts]) {
    // It may well name a user, and repeat whatever it is sent.
    auth.reply = ({ headers }) => ({
      status: 200,
      headers: { ...allowed.headers, 'X-Request-Id': `${headers['x-request-id']}`, 'X-Auth-Verdict': verdict },
      body: '<html>a page</html>',
    });
    for (const target of targets) {
      const answer = await send({ method: 'POST', target, body: '{}' });
      t.is(answer.status, 502, target);
      t.regex(detailOf(answer), /AUTH_UPSTREAM leads to is not prefect-auth/);
    }
  }
  t.deepEqual(prefect.arrivals, []);
});

test('what is public by the decision of the service names nobody', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => ({ status: 200 });
  t.is((await send({ target: '/api/health' })).status, 200);
  t.is(prefect.arrivals[0]?.headers['x-auth-user'], undefined);
});

test('a reason that would break out of the JSON is left out', async (t) => {
  const { send, auth } = await startGate(t);
  for (const reason of ['x; "}', 'x; \\', 'x; caf\u00e9', 'x; \t', '']) {
    auth.reply = () => ({ status: 403, headers: { 'X-Auth-Reason': reason } });
    const answer = await send({ target: '/api/flows/filter' });
    t.deepEqual([answer.status, detailOf(answer)], [403, 'Refused.'], reason);
  }
});

test('a decision counts once: the next request is asked about again', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  const get = () => send({ target: '/api/flows/1', headers: ['Authorization: Bearer k'] });
  auth.reply = () => ({
    ...allowed,
    headers: { ...allowed.headers, 'Cache-Control': 'max-age=3600', Expires: 'Thu, 31 Dec 2037 23:55:55 GMT' },
  });
  t.is((await get()).status, 200);
  auth.reply = () => refused;
  t.is((await get()).status, 401);
  t.deepEqual([auth.arrivals.length, prefect.arrivals.length], [2, 1]);
});

test('Prefect being down is JSON too', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  await prefect.stop();
  for (const target of [...targets, '/', '/ui-settings']) {
    const method = target.startsWith('/u') || target === '/' ? 'GET' : 'POST';
    const answer = await send({ method, target });
    t.deepEqual([answer.status, detailOf(answer)], [502, 'Prefect did not answer.'], target);
  }
});

test('what nginx itself refuses is JSON, also before it knows the path', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const requests = [
    [400, { target: '/api/%zz' }],
    [400, { target: '/api/%00' }],
    [400, { target: '/api/../../x' }],
    [400, { target: '/api/flows', headers: [`X-Long: ${'x'.repeat(40_000)}`] }],
    [400, { target: '/api/flows', headers: ['Host: other'] }],
    [400, { method: 'get', target: '/api/flows' }],
    [405, { method: 'TRACE', target: '/api/flows' }],
    [414, { target: `/api/${'x'.repeat(40_000)}` }],
    [501, { method: 'POST', target: '/graphql', headers: ['Transfer-Encoding: gzip'], isFramed: true }],
  ] as const;
  for (const [status, request] of requests) {
    const answer = await send(request);
    t.is(answer.status, status, request.target.slice(0, 40));
    t.is(typeof detailOf(answer), 'string');
  }
  t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
});

test('plain HTTP on the HTTPS port is told so', async (t) => {
  const { nginx, auth } = await startGate(t);
  const answer = await fetch(`http://127.0.0.1:${nginx.httpsPort}/api/flows/1`);
  t.is(answer.status, 400);
  t.regex(((await answer.json()) as { detail: string }).detail, /plain HTTP on the HTTPS port/);
  t.deepEqual(auth.arrivals, []);
});
