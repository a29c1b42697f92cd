import test from 'ava';
import { ask, bearer, startService } from '../support/service.ts';

test('ALLOW_PUBLIC_ACCESS=true lets whoever brings no key in, audited as anonymous', async (t) => {
  const service = await startService({ ALLOW_PUBLIC_ACCESS: 'true' });
  t.teardown(() => service.stop());
  const answer = await ask(service.url, { method: 'POST', uri: '/api/flows/' });
  t.is(answer.status, 200);
  t.is(answer.headers.get('X-Auth-User'), 'anonymous');
  t.like(service.log().at(-1), { audit: true, outcome: 'allow', user: 'anonymous' });
  t.is((await ask(service.url, { headers: bearer('nonsense') })).status, 401, 'a key that is presented has to be good');
  t.is((await ask(service.url, { uri: '/api/x/../flows' })).status, 403, 'what cannot be read is refused');
  t.is((await fetch(`${service.url}/cache/reset`, { method: 'POST' })).status, 401, 'operators still sign in');
});

test('ALLOW_PUBLIC_ACCESS=false means false', async (t) => {
  const service = await startService({ ALLOW_PUBLIC_ACCESS: 'false' });
  t.teardown(() => service.stop());
  t.is((await ask(service.url, {})).status, 401);
});
