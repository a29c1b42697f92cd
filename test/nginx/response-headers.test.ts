import test, { type ExecutionContext } from 'ava';
import type { Answer, Request } from './exchange.ts';
import { allowed, refused, startGate } from './gate.ts';
import { startOwnServer } from './own-server.ts';
import type { Recorder, Reply } from './recorder.ts';

/** Every way in which an answer comes about: what is asked, and what the service says. */
const ways: readonly (readonly [name: string, status: number, request: Request, reply: Reply])[] = [
  ['a page', 200, { target: '/' }, refused],
  ['the settings of the pages', 200, { target: '/ui-settings' }, refused],
  ['a strange path', 401, { target: '/x//y' }, refused],
  ['allowed', 200, { target: '/api/flows/1' }, allowed],
  ['allowed, outside the API', 200, { target: '/docs' }, allowed],
  ['allowed, with its body', 200, { method: 'POST', target: '/api/flow_runs/', body: '{}' }, allowed],
  ['allowed, GraphQL', 200, { method: 'POST', target: '/graphql', body: '{}' }, allowed],
  [
    'answered by the service',
    200,
    { method: 'POST', target: '/graphql', body: '{}' },
    { status: 200, headers: { ...allowed.headers, 'X-Auth-Answer': 'self' } },
  ],
  ['refused', 401, { target: '/api/flows/1' }, refused],
  ['refused, outside the API', 401, { target: '/docs' }, refused],
  ['refused, with its body', 403, { method: 'POST', target: '/api/flow_runs/', body: '{}' }, { status: 403 }],
  ['refused, GraphQL', 403, { method: 'POST', target: '/graphql', body: '{}' }, { status: 403 }],
  ['a fault', 503, { target: '/api/flows/1' }, { status: 503 }],
  ['too many', 429, { target: '/api/flows/1' }, { status: 429 }],
  [
    'no verdict',
    502,
    { target: '/api/flows/1' },
    { status: 200, headers: { 'X-Auth-Verdict': 'prefect-auth allows another' } },
  ],
  [
    'too large',
    413,
    { method: 'POST', target: '/graphql', headers: ['Content-Length: 99999999'], isFramed: true },
    allowed,
  ],
  ['not found', 404, { target: '/_prefect_auth' }, allowed],
  ['unreadable', 400, { target: '/%zz' }, allowed],
  ['too long', 414, { target: `/${'x'.repeat(40_000)}` }, allowed],
];

async function eachWay(
  t: ExecutionContext,
  send: (request: Request) => Promise<Answer>,
  auth: Recorder,
  check: (headers: Headers, way: string) => void,
): Promise<void> {
  for (const [way, status, request, reply] of ways) {
    auth.reply = () => reply;
    const answer = await send(request);
    t.is(answer.status, status, way);
    check(answer.headers, way);
  }
}

test('the headers of an nginx that existed before are on every answer', async (t) => {
  const { send, auth } = await startOwnServer(t, {
    files: {
      '../prefect-auth/headers.conf': 'add_header X-Theirs "one, once" always; add_header X-Frame-Options DENY always;',
    },
    lines: 'include prefect-auth/headers.conf; include prefect-auth/errors.conf;',
  });
  await eachWay(t, send, auth, (headers, way) => {
    t.is(headers.get('x-theirs'), 'one, once', way);
    t.is(headers.get('x-frame-options'), 'DENY', way);
    t.is(headers.get('content-security-policy'), null, `${way}: none that they did not ask for`);
  });
});

test('the bundled server tells browsers, on every answer, what they may do with it', async (t) => {
  const { send, auth } = await startGate(t);
  await eachWay(
    t,
    (request) => send({ host: 'prefect.example.com', ...request }),
    auth,
    (headers, way) => {
      // nginx does not know the host where it could not read the request.
      if (way !== 'unreadable' && way !== 'too long')
        t.is(headers.get('strict-transport-security'), 'max-age=31536000', way);
      t.is(headers.get('x-content-type-options'), 'nosniff', way);
      t.is(headers.get('referrer-policy'), 'strict-origin-when-cross-origin', way);
      t.regex(headers.get('content-security-policy') ?? '', /^[^,]*frame-ancestors 'self'[^,]*$/, way);
    },
  );
  t.is((await send({ target: '/', host: 'localhost' })).headers.get('strict-transport-security'), null);
});
