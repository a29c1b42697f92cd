import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

async function start(t: ExecutionContext, scopes?: string): Promise<RunningService> {
  const service = await startService({ ALLOW_PUBLIC_ACCESS: 'true' });
  t.teardown(() => service.stop());
  if (scopes === undefined) return service;
  await setAnonymous(service, scopes);
  await sleep(600); // the service has looked once already
  return service;
}

const setAnonymous = ({ service: { accounts } }: RunningService, scopes: string) =>
  accounts.set({ userId: 'anonymous', kind: 'user', scopes, description: '' }, 'test');
const read = { method: 'POST', uri: '/api/flows/filter' };
const write = { method: 'POST', uri: '/api/flows/' };

async function statusesOf({ url }: RunningService): Promise<number[]> {
  return [(await ask(url, read)).status, (await ask(url, write)).status];
}

test('ALLOW_PUBLIC_ACCESS=true lets whoever brings no key do what the account anonymous is given', async (t) => {
  const service = await start(t, 'role:viewer');
  const answer = await ask(service.url, read);
  t.is(answer.status, 200);
  t.is(answer.headers.get('X-Auth-User'), 'anonymous');
  t.is(answer.headers.get('X-Auth-Roles'), 'viewer');
  t.is((await ask(service.url, write)).status, 403);
  t.like(service.log().at(-1), { audit: true, outcome: 'deny', user: 'anonymous' });
  t.is((await ask(service.url, { headers: bearer('nonsense') })).status, 401, 'a key that is presented has to be good');
  t.is((await ask(service.url, { headers: { Authorization: 'Bearer' } })).status, 401, 'and whole');
  t.is((await ask(service.url, { uri: '/api/x/../flows' })).status, 403, 'what cannot be read is refused');
  t.is((await fetch(`${service.url}/cache/reset`, { method: 'POST' })).status, 401, 'operators still sign in');
});

test('a change of the account counts within a second', async (t) => {
  const service = await start(t, '*');
  t.deepEqual(await statusesOf(service), [200, 200]);
  await setAnonymous(service, 'query/*');
  await sleep(1_000);
  t.deepEqual(await statusesOf(service), [200, 403]);
  await service.service.accounts.remove('anonymous', new Date(), 'test');
  await sleep(1_000);
  t.deepEqual(await statusesOf(service), [401, 401]);
});

test('without an account the service starts, refuses, and says why in its log and at /readyz', async (t) => {
  const service = await start(t);
  t.deepEqual(await statusesOf(service), [401, 401]);
  t.regex((await ask(service.url, read)).headers.get('X-Auth-Reason') ?? '', /^missing_credential; /);
  t.is((await fetch(`${service.url}/auth/sign-in`)).headers.get('X-Auth-Sign-In'), 'form');
  const warnings = async () =>
    ((await (await fetch(`${service.url}/readyz`)).json()) as { warnings: string[] }).warnings;
  t.regex(
    (await warnings()).join(),
    /ALLOW_PUBLIC_ACCESS is true.*there is no account anonymous.*prefect-auth accounts set anonymous/,
  );
  t.is((await fetch(`${service.url}/readyz`)).status, 200, 'it decides all the same');
  t.regex(service.logText(), /"level":50.*there is no account anonymous/);
  await setAnonymous(service, 'role:viewer');
  await sleep(600);
  t.deepEqual(await warnings(), []);
  t.deepEqual(await statusesOf(service), [200, 403]);
  t.is((await fetch(`${service.url}/auth/sign-in`)).headers.get('X-Auth-Sign-In'), 'none');
});

test('ALLOW_PUBLIC_ACCESS=false means false, whatever the account is given', async (t) => {
  const service = await startService({ ALLOW_PUBLIC_ACCESS: 'false' });
  t.teardown(() => service.stop());
  await setAnonymous(service, '*');
  t.deepEqual(await statusesOf(service), [401, 401]);
  t.is((await fetch(`${service.url}/auth/sign-in`)).headers.get('X-Auth-Sign-In'), 'form');
});
