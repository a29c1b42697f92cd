import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import test from 'ava';
import { openConnection, toBytes } from './exchange.ts';
import { allowed, layouts, refused, startGate } from './gate.ts';

/** The paths whose decision needs the body. */
const mirroredTargets = [
  '/graphql',
  '/graphql/',
  '/graphql/any/where?x=1',
  '/api/flow_runs/',
  '/api/flow_runs',
  '/api/block_documents/filter',
  '/api/block_documents/filter/',
  '/api/deployments/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f/create_flow_run',
  '/api/deployments/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f/create_flow_run/bulk',
  '/prefect/api/deployments/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f/create_flow_run',
  '/custom-api/flow_runs/',
];

const awkward = Buffer.from('{"query": "mutation {\n  create_flow_run\r\n\u0000 caf\u00e9 \\" \' $request_body $1"}');

for (const layout of layouts) {
  for (const method of ['POST', 'GET', 'PUT', 'PATCH', 'DELETE']) {
    test(`${layout}: the body of a ${method} is shown to the service and reaches Prefect, byte for byte`, async (t) => {
      const { send, auth, prefect } = await startGate(t, layout);
      auth.reply = () => allowed;
      for (const target of mirroredTargets) {
        t.is((await send({ method, target, body: awkward })).status, 200, target);
        const [asked, arrival] = [auth.arrivals.pop(), prefect.arrivals.pop()];
        t.deepEqual([asked?.method, asked?.target, asked?.body], ['POST', '/auth', awkward], target);
        t.deepEqual([arrival?.method, arrival?.target, arrival?.body], [method, target, awkward], target);
      }
    });
  }

  test(`${layout}: a refused body does not arrive, whatever the method and the path`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    for (const target of mirroredTargets) {
      for (const method of ['POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
        t.is((await send({ method, target, body: '{}' })).status, 401, `${method} ${target}`);
      }
    }
    t.is(auth.arrivals.length, mirroredTargets.length * 7);
    t.deepEqual(prefect.arrivals, []);
  });
}

test('large, chunked and hesitant bodies are shown whole', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const large = randomBytes(4_900_000);
  const chunked = Buffer.concat([Buffer.from('4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\n\r\n')]);
  const requests = [
    { body: large, expected: large },
    { body: chunked, headers: ['Transfer-Encoding: chunked'], isFramed: true, expected: Buffer.from('abcdefg') },
    { body: 'abc', headers: ['Expect: 100-continue'], expected: Buffer.from('abc') },
    { body: '', expected: Buffer.alloc(0) },
  ];
  for (const { expected, ...request } of requests) {
    t.is((await send({ method: 'POST', target: '/graphql', ...request })).status, 200);
    t.true(auth.arrivals.at(-1)?.body.equals(expected));
    t.true(prefect.arrivals.at(-1)?.body.equals(expected));
  }
  t.is(auth.arrivals[1]?.headers['x-original-content-length'], undefined, 'a chunked body has no length to tell');
});

test('a body that comes byte by byte is shown whole', async (t) => {
  const { nginx, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const socket = await openConnection(nginx.httpsPort);
  socket.setNoDelay(true);
  for (const byte of toBytes({ method: 'POST', target: '/graphql', body: '{"query":"{hello}"}' })) {
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  }
  await once(socket.resume(), 'close');
  t.is(auth.arrivals[0]?.body.toString(), '{"query":"{hello}"}');
  t.is(prefect.arrivals[0]?.body.toString(), '{"query":"{hello}"}');
});

test('bodies over HTTP/2 are shown whole, with and without a length', async (t) => {
  const { nginx, auth, prefect } = await startGate(t);
  auth.reply = ({ headers }) => (headers.authorization ? allowed : refused);
  const session = connectHttp2(nginx.url, { rejectUnauthorized: false });
  const post = async (path: string, headers: Record<string, string>) => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    stream.end(awkward);
    const [answer] = await once(stream.resume(), 'response');
    return answer[':status'];
  };
  for (const target of mirroredTargets) {
    t.is(await post(target, { authorization: 'Bearer k' }), 200);
    t.is(await post(target, { authorization: 'Bearer k', 'content-length': `${awkward.length}` }), 200);
    t.is(await post(target, {}), 401);
  }
  for (const { body } of [...auth.arrivals, ...prefect.arrivals]) t.deepEqual(body, awkward);
  t.deepEqual(
    [auth.arrivals.length, prefect.arrivals.length],
    [mirroredTargets.length * 3, mirroredTargets.length * 2],
  );
  session.close();
});

test('a body that is too large to be shown is refused by nginx, with a length or without', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const tooLarge = Buffer.alloc(5 * 1024 * 1024 + 1, 'x');
  const chunks = Buffer.concat([
    Buffer.from(`${tooLarge.length.toString(16)}\r\n`),
    tooLarge,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
  for (const target of mirroredTargets) {
    const headers = ['Transfer-Encoding: chunked'];
    const answers = [
      await send({
        method: 'POST',
        target,
        headers: ['Expect: 100-continue', `Content-Length: ${tooLarge.length}`],
        isFramed: true,
      }),
      await send({ method: 'POST', target, headers, isFramed: true, body: chunks }),
    ];
    for (const { status, body } of answers) {
      t.is(status, 413, target);
      t.is(typeof JSON.parse(body).detail, 'string');
    }
  }
  t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
});

test('where the body does not matter it is not shown, and the service is told of its length', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  const body = randomBytes(6_000_000);
  t.is((await send({ method: 'POST', target: '/api/logs/', body })).status, 200);
  t.deepEqual([auth.arrivals[0]?.method, auth.arrivals[0]?.body.length], ['GET', 0]);
  t.is(auth.arrivals[0]?.headers['x-original-content-length'], '6000000');
  t.true(prefect.arrivals[0]?.body.equals(body));
});

test('requests that disagree about where they end are refused or end where everyone thinks', async (t) => {
  const { send, prefect } = await startGate(t);
  const smuggled = '0\r\n\r\nGET /api/secret HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const framings = [
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    ['Content-Length: 4', 'Content-Length: 60'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    ['Content-Length: +4'],
    ['Content-Length: 4, 4'],
  ];
  for (const headers of framings) {
    const { status } = await send({
      method: 'POST',
      target: '/api/flows/filter',
      headers,
      isFramed: true,
      body: smuggled,
    });
    t.true([400, 401, 501].includes(status), headers.join());
  }
  t.deepEqual(prefect.arrivals, []);
});

test('the service answers a GraphQL request itself where it says so, and only there', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  const self = { status: 200, headers: { 'X-Auth-User': 'alice', 'X-Auth-Answer': 'self' } };
  auth.reply = ({ target }) => (target === '/auth' ? self : { status: 200, body: '{"data":{}}' });
  const headers = [
    'Authorization: Bearer k',
    'X-Prefect-User-Id: k',
    'Cookie: a=b',
    'X-Auth-Answer: self',
    'X-Original-URI: /forged',
  ];
  const answer = await send({ method: 'POST', target: '/graphql?x', headers, body: awkward });
  t.deepEqual([answer.status, answer.body], [200, '{"data":{}}']);
  const asked = auth.arrivals.pop();
  t.deepEqual([asked?.method, asked?.target, asked?.body], ['POST', '/answer', awkward]);
  t.like(asked?.headers, {
    authorization: 'Bearer k',
    'x-prefect-user-id': 'k',
    cookie: 'a=b',
    'x-original-method': 'POST',
    'x-original-uri': '/graphql?x',
    'x-original-content-length': `${awkward.length}`,
  });
  t.deepEqual(prefect.arrivals, []);

  for (const target of ['/api/flows/filter', '/api/flow_runs/', '/docs']) {
    await send({ method: 'POST', target, headers, body: '{}' });
    const arrival = prefect.arrivals.pop();
    t.is(arrival?.target, target);
    for (const name of ['authorization', 'x-prefect-user-id', 'cookie', 'x-original-uri'])
      t.is(arrival?.headers[name], undefined);
  }
  auth.reply = () => allowed;
  await send({ method: 'POST', target: '/graphql', headers, body: '{}' });
  t.is(prefect.arrivals.pop()?.headers.authorization, undefined, 'a client cannot choose who answers');
});

for (const layout of layouts) {
  test(`${layout}: a refusal is itself, however large the body is that was refused`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    const large = Buffer.alloc(3 * 1024 * 1024, ' ');
    for (const target of [...mirroredTargets, '/api/flows/', '/other']) {
      for (const status of [401, 403, 429, 503]) {
        auth.reply = () => ({ status, headers: { 'X-Auth-Reason': 'unknown_key; no' } });
        const answer = await send({ method: 'POST', target, body: large });
        t.is(answer.status, status, target);
        t.is(typeof JSON.parse(answer.body).detail, 'string');
      }
    }
    t.deepEqual(prefect.arrivals, []);
  });
}
