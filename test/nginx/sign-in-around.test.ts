import test from 'ava';
import { GOOD, type Sites, startSites } from './sites.ts';

// Their service answers 401 by itself: no error page of the server around is one of its own.
const asks = (status: number) => `auth_request /_theirs; location = /_theirs { error_page 418 /; return ${status}; }`;

/** A sign-in that the server had before; each sends people somewhere, or asks them for a password. */
const signIns = [
  'auth_basic "theirs"; auth_basic_user_file /dev/null;',
  `${asks(401)} error_page 401 = @theirs; location @theirs { return 302 /sign-in; }`,
  `${asks(401)} error_page 401 =302 /sign-in; location = /sign-in { return 302 /sign-in?; }`,
  asks(403),
];

const questions = [
  { target: '/api/flows/1' },
  { target: '/api/health' },
  { method: 'POST', target: '/api/flow_runs/', body: Buffer.from('{"a": 1}') },
  { method: 'POST', target: '/graphql', body: Buffer.from('{"query": "{ flow { id } }"}') },
  { target: '/x/api/flows/1' },
  { target: '/docs' },
];

test('a sign-in around the drop-in is asked for the pages, and never for what comes with a key', async (t) => {
  const sites = await startSites(t, signIns);
  for (const [index, signIn] of signIns.entries()) {
    for (const question of questions) {
      const { status, body } = await sites.send(index, { ...question, headers: GOOD });
      t.deepEqual([status, body], [200, '"prefect"'], `${question.target} in ${signIn}`);
      t.is(arrivalsOf(sites), 1);
      // Who has signed in there has no key here.
      for (const headers of [{}, { Authorization: 'Basic dGhlaXJzOnRoZWlycw==' }, { Cookie: 'theirs=1' }]) {
        const refusal = await sites.send(index, { ...question, headers });
        t.is(refusal.status, 401, `${question.target} in ${signIn}`);
        t.is(JSON.parse(refusal.body).detail, 'missing_credential; send a key');
      }
    }
    for (const target of ['/', '/flows', '/assets/index.js']) {
      const { status } = await sites.send(index, { target });
      t.true([302, 401, 403].includes(status), `${target} in ${signIn}: ${status}`);
    }
    t.is(arrivalsOf(sites), 0, signIn);
  }
});

test('pages go to the sign-in as the server around says', async (t) => {
  const sites = await startSites(t, signIns);
  t.deepEqual(
    await Promise.all(signIns.map(async (_, index) => (await sites.send(index, { target: '/flows' })).status)),
    [401, 302, 302, 403],
  );
});

test('addresses that the server around refuses stay refused, whatever they come with', async (t) => {
  const sites = await startSites(t, [
    'deny all;',
    'satisfy any; deny all; auth_basic "theirs"; auth_basic_user_file /dev/null;',
  ]);
  for (const index of [0, 1]) {
    for (const question of questions) t.is((await sites.send(index, { ...question, headers: GOOD })).status, 403);
    t.is(arrivalsOf(sites), 0);
  }
});

function arrivalsOf({ prefect }: Sites): number {
  return prefect.arrivals.splice(0).length;
}
