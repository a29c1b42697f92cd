import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { generateKey } from '../../src/authentication/key-format.ts';
import { ask, bearer, pollingOf, startService } from '../support/service.ts';

test('an address that guesses is told to wait, and those who share it keep working', async (t) => {
  const service = await startService({ FAILURE_LIMIT: '5' });
  const from = (address: string, key: string) =>
    ask(service.url, { headers: { ...bearer(key), 'X-Real-IP': address }, uri: '/api/admin/version' });
  try {
    const known = await service.issue('query/*');
    const fresh = await service.issue('query/*');
    while ((await pollingOf(service.url)) !== 'ok') await delay(20);
    t.is((await from('192.0.2.7', known.key)).status, 200);
    for (let count = 0; count < 5; count++) t.is((await from('192.0.2.7', generateKey())).status, 401);
    const refused = await from('192.0.2.7', generateKey());
    t.is(refused.status, 429);
    t.regex(refused.headers.get('X-Auth-Reason') ?? '', /^too_many_failures; /);
    const retryAfter = Number(refused.headers.get('Retry-After'));
    t.true(retryAfter >= 1 && retryAfter <= 60);
    t.is(refused.headers.get('X-Auth-User'), null);
    t.is((await from('192.0.2.7', known.key.slice(0, -1))).status, 429, 'a mistyped key');
    t.is((await from('192.0.2.7', fresh.key)).status, 429, 'a key that nobody has seen yet');
    t.is((await from('192.0.2.7', known.key)).status, 200, 'a key that was good before');
    t.is((await from('192.0.2.8', fresh.key)).status, 200, 'another address');
    t.is((await from('192.0.2.7', fresh.key)).status, 200, 'it is known now');
  } finally {
    await service.stop();
  }
});

test('an address that sends many guesses at once keeps the store no busier than one that sends them by turns', async (t) => {
  const service = await startService({ FAILURE_LIMIT: '5', DB_TIMEOUT: '60' });
  try {
    const guesses = Array.from({ length: 100 }, () =>
      ask(service.url, { headers: { ...bearer(generateKey()), 'X-Real-IP': '192.0.2.7' } }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    t.is(statuses.filter((status) => status === 401).length, 5);
    t.is(statuses.filter((status) => status === 429).length, 95);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    t.regex(metrics, /prefect_auth_store_seconds_count\{result="answer"\} 5\n/);
  } finally {
    await service.stop();
  }
});

test('whoever brings no key, or one without rights, is not taken for a guesser', async (t) => {
  const service = await startService({ FAILURE_LIMIT: '1' });
  try {
    const { key } = await service.issue('mutation/nothing');
    for (let count = 0; count < 5; count++) {
      t.is((await ask(service.url, { uri: '/api/admin/version' })).status, 401);
      t.is((await ask(service.url, { headers: bearer(key), uri: '/api/admin/version' })).status, 403);
    }
    t.is((await ask(service.url, { headers: bearer(generateKey()), uri: '/api/admin/version' })).status, 401);
  } finally {
    await service.stop();
  }
});
