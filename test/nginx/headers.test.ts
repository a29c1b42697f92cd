import test from 'ava';
import { allowed, layouts, startGate } from './gate.ts';

/** One path for each location that proxies to Prefect. */
const everyLocation = [
  '/',
  '/ui-settings',
  '/docs',
  '/api/flows/filter',
  '/api/flow_runs/',
  '/api/deployments/d/create_flow_run',
  '/graphql',
];
const guardedLocations = everyLocation.slice(2);

const identity = ['x-auth-user', 'x-auth-key-id', 'x-auth-roles', 'x-auth-scopes', 'x-auth-tenant'];
const trusted = [
  ...identity,
  'x-auth-reason',
  'x-auth-answer',
  'x-auth-verdict',
  'x-original-method',
  'x-original-uri',
  'x-original-content-length',
  'x-prefect-user-id',
  'prefect-automation-id',
  'prefect-automation-name',
  'proxy-authorization',
  'forwarded',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
];
const forged = [
  ...trusted.flatMap((name) => [`${name}: forged`, `${name.replaceAll('-', '_')}: forged`]),
  // Once more each; newer versions of nginx refuse a second Proxy-Authorization outright.
  ...trusted.filter((name) => name !== 'proxy-authorization').map((name) => `${name}: forged again`),
];

for (const layout of layouts) {
  test(`${layout}: what a client says about itself does not reach Prefect, in any location`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    auth.reply = () => ({ status: 200, headers: { 'X-Auth-User': 'alice' } });
    const headers = [
      ...forged,
      'Authorization: Bearer pfa_secret',
      'Cookie: session=pfa_secret; prefect_ui_version=v2; a=b',
    ];
    for (const target of everyLocation) {
      t.is((await send({ target, headers })).status, 200, target);
      const arrival = prefect.arrivals.pop();
      t.false(JSON.stringify(arrival?.headers).includes('forged'), target);
      t.false(JSON.stringify(arrival?.headers).includes('pfa_secret'), target);
      t.is(arrival?.headers.authorization, undefined, target);
      t.is(arrival?.headers.cookie, 'prefect_ui_version=v2', target);
      t.is(arrival?.headers['x-auth-user'], guardedLocations.includes(target) ? 'alice' : undefined, target);
      t.is(arrival?.headers['x-real-ip'], '127.0.0.1', target);
      t.is(arrival?.headers['x-forwarded-proto'], 'https', target);
    }
  });

  test(`${layout}: Prefect is told who it is, once`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    auth.reply = () => allowed;
    for (const target of guardedLocations) {
      await send({ target, headers: forged });
      const arrival = prefect.arrivals.pop();
      for (const name of identity) {
        t.is(arrival?.headerNames.filter((sent) => sent === name).length, 1, `${target} ${name}`);
      }
      t.like(arrival?.headers, { 'x-auth-user': 'alice', 'x-auth-roles': 'viewer', 'x-auth-tenant': 'Default' });
    }
  });

  test(`${layout}: a client cannot have a header removed hop by hop`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    auth.reply = () => allowed;
    const connection = 'Connection: close, X-Auth-User, X-Original-URI, X-Original-Method, Authorization';
    await send({ target: '/api/flows/filter', headers: [connection, 'Authorization: Bearer k'] });
    t.like(auth.arrivals[0]?.headers, { 'x-original-uri': '/api/flows/filter', authorization: 'Bearer k' });
    t.is(prefect.arrivals[0]?.headers['x-auth-user'], 'alice');
    for (const { headers } of [...auth.arrivals, ...prefect.arrivals]) t.not(headers.connection, connection);
  });

  test(`${layout}: the service is told what nginx saw, and nothing else that a client sends`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    const credentials = ['Authorization: Basic YTpi', 'Cookie: c=1'];
    const strange = [
      'X-Forwarded-Uri: /api/health',
      'X-Original-URL: /x',
      'X-Http-Method-Override: GET',
      'X-Forwarded-Method: GET',
    ];
    for (const target of guardedLocations) {
      await send({
        method: 'DELETE',
        target: `${target}?a=%2F`,
        headers: [...credentials, ...forged, ...strange],
        body: 'abc',
      });
      const arrival = auth.arrivals.pop();
      const [asked, names] = [arrival?.headers ?? {}, arrival?.headerNames ?? []];
      t.like(asked, {
        'x-original-method': 'DELETE',
        'x-original-uri': `${target}?a=%2F`,
        'x-original-content-length': '3',
        'x-real-ip': '127.0.0.1',
        authorization: 'Basic YTpi',
        cookie: 'c=1',
      });
      t.true(`${asked['x-prefect-user-id']}`.startsWith('forged'), 'a credential, as the client sent it');
      const left = names.filter(
        (name) => name.includes('_') || /forwarded|original-url|override|x-auth|automation/.test(name),
      );
      const mayAnswer = target.startsWith('/graphql');
      t.deepEqual(left, mayAnswer ? ['x-auth-answer'] : [], target);
      t.is(asked['x-auth-answer'], mayAnswer ? 'self' : undefined, 'where the service may answer itself');
      t.is(new Set(names).size, names.length, 'each header once');
    }
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: two Authorization headers are refused, as JSON`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    const headers = ['Authorization: Bearer a', 'Authorization: Bearer b'];
    t.is((await send({ target: '/api/flows/filter', headers })).status, 400);
    t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
  });
}

for (const layout of layouts) {
  test(`${layout}: an answer of Prefect commands nothing in nginx`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    auth.reply = () => allowed;
    for (const command of [
      '/_prefect_auth',
      '/_prefect_auth_read_body',
      '/ui-settings',
      '@prefect_auth_ui',
      '/settings',
    ]) {
      const headers = { 'X-Accel-Redirect': command, 'X-Accel-Limit-Rate': '1', 'Content-Type': 'text/plain' };
      prefect.reply = () => ({ status: 200, headers, body: 'the answer' });
      for (const target of ['/api/flows/filter', '/api/flow_runs/', '/graphql', '/', '/x/api']) {
        const answer = await send({ target });
        t.deepEqual([answer.status, answer.body], [200, 'the answer'], `${target} to ${command}`);
        t.is(answer.headers.get('x-accel-redirect'), null);
      }
    }
  });
}

test('the body of a REST request travels under a type that Prefect 1 does not read', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const types = [
    ['application/json', 'application/vnd.prefect+json'],
    ['application/json;charset=utf-8', 'application/vnd.prefect+json'],
    ['Application/JSON', 'application/vnd.prefect+json'],
    ['application/json-patch', 'application/octet-stream'],
    ['application/json, application/json', 'application/octet-stream'],
    ['multipart/form-data; boundary=x', 'application/octet-stream'],
  ];
  for (const target of ['/api/flows/filter', '/api/flow_runs/', '/x']) {
    for (const [sent, arriving] of types) {
      await send({ method: 'POST', target, headers: [`Content-Type: ${sent}`], body: '{}' });
      t.is(prefect.arrivals.pop()?.headers['content-type'], arriving, `${target} ${sent}`);
    }
    await send({ method: 'POST', target, body: '{}' });
    t.is(prefect.arrivals.pop()?.headers['content-type'], undefined);
  }
});

test('the service reads the content type that Prefect reads, when a client sends two', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const headers = [
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
  ];
  await send({ method: 'POST', target: '/graphql', headers, body: '{}' });
  for (const name of ['content-type', 'content-encoding']) {
    t.is(auth.arrivals[0]?.headers[name], prefect.arrivals[0]?.headers[name]);
    t.is(prefect.arrivals[0]?.headerNames.filter((sent) => sent === name).length, 1);
  }
});

test('a Host header that could pass for a path does not reach Prefect', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  for (const host of ['localhost?/api/health', 'localhost#', 'a@b', "a'b", '%2f', '[::1]x']) {
    const { status } = await send({ target: '/api/flows/filter', host });
    if (status !== 400) t.is(prefect.arrivals.pop()?.headers.host, 'prefect', host);
  }
  for (const host of ['localhost', 'prefect.example.com:8443', '[::1]:8443', '127.0.0.1:1']) {
    await send({ target: '/api/flows/filter', host });
    t.is(prefect.arrivals.pop()?.headers.host, host);
  }
});

test('one request id goes to the service, to Prefect and to the client', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  for (const target of guardedLocations) {
    const { headers } = await send({ target, headers: ['X-Request-Id: forged'] });
    const id = headers.get('x-request-id') ?? '';
    t.regex(id, /^[0-9a-f]{32}$/);
    t.is(auth.arrivals.pop()?.headers['x-request-id'], id);
    t.is(prefect.arrivals.pop()?.headers['x-request-id'], id);
  }
});

test('a redirect of Prefect keeps the scheme the client came by', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  prefect.reply = () => ({ status: 307, headers: { Location: 'http://localhost:8443/api/flows/' } });
  const { status, headers } = await send({ target: '/api/flows', host: 'localhost:8443' });
  t.is(status, 307);
  t.is(headers.get('location'), 'https://localhost:8443/api/flows/');
});

test('connections to the service and to Prefect are kept and used again, in every location', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  for (let round = 0; round < 3; round++) {
    for (const target of everyLocation) await send({ target });
  }
  t.deepEqual([auth.connections(), prefect.connections()], [1, 1]);
});
