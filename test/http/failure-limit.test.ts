import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { generateKey } from '../../src/keys/key-format.ts';
import { ask, bearer, pollingOf, startService } from '../support/service/service.ts';

const from = (service: { url: string }, address: string, key: string) =>
  ask(service.url, { headers: { ...bearer(key), 'X-Real-IP': address }, uri: '/api/admin/version' });

const lookUps = async (url: string): Promise<number> => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/prefect_auth_store_seconds_count\{result="answer"\} (\d+)\n/.exec(metrics)?.[1] ?? 0);
};

test('an address that guesses is told to wait, and no known key behind it is refused', async (t) => {
  const service = await startService({ FAILURE_LIMIT: '5' });
  try {
    const known = await service.issue('query/*');
    const fresh = await service.issue('query/*');
    while ((await pollingOf(service.url)) !== 'ok') await delay(20);
    t.is((await from(service, '192.0.2.7', known.key)).status, 200);
    for (let count = 0; count < 5; count++) t.is((await from(service, '192.0.2.7', generateKey())).status, 401);
    const refused = await from(service, '192.0.2.7', generateKey());
    t.is(refused.status, 429);
    t.regex(refused.headers.get('X-Auth-Reason') ?? '', /^too_many_failures; /);
    const retryAfter = Number(refused.headers.get('Retry-After'));
    t.true(retryAfter >= 1 && retryAfter <= 60);
    t.is(refused.headers.get('X-Auth-User'), null);
    const asked = await lookUps(service.url);
    t.is((await from(service, '192.0.2.7', known.key.slice(0, -1))).status, 401, 'a mistyped key');
    t.is(await lookUps(service.url), asked, 'which is not looked up');
    t.is((await from(service, '192.0.2.7', known.key)).status, 200, 'a key that was good before');
    t.is((await from(service, '192.0.2.7', fresh.key)).status, 200, 'a key that nobody has seen yet');
    t.is((await from(service, '192.0.2.8', generateKey())).status, 401, 'another address');
  } finally {
    await service.stop();
  }
});

test('behind one address, keys that nobody has seen yet are let in while others send guesses', async (t) => {
  const service = await startService({ FAILURE_LIMIT: '5' });
  try {
    const keys = await Promise.all(Array.from({ length: 20 }, () => service.issue('query/*')));
    /** As Prefect's clients do where a machine is too busy to look a key up in time. */
    const comeAgain = async (key: string): Promise<number> => {
      const { status } = await from(service, '192.0.2.7', key);
      return status === 503 ? comeAgain(key) : status;
    };
    const guess = async () => (await from(service, '192.0.2.7', generateKey())).status;
    const guesses = Array.from({ length: 100 }, guess);
    const answers: Promise<number>[] = [];
    for (const { key } of keys) {
      answers.push(comeAgain(key));
      guesses.push(guess(), guess());
    }
    t.deepEqual(
      await Promise.all(answers),
      keys.map(() => 200),
    );
    const statuses = await Promise.all(guesses);
    t.true(statuses.every((status) => [401, 429, 503].includes(status)));
    t.true(statuses.filter((status) => status === 401).length <= 5);
    t.true(statuses.includes(429));
  } finally {
    await service.stop();
  }
});

test('a key that is unknown is not looked up again for a while', async (t) => {
  const service = await startService({ FAILURE_LIMIT: '2' });
  try {
    const key = generateKey();
    while ((await pollingOf(service.url)) !== 'ok') await delay(20);
    const statuses: number[] = [];
    for (let count = 0; count < 20; count++) statuses.push((await from(service, `192.0.2.${count % 2}`, key)).status);
    t.deepEqual([...new Set(statuses.slice(4))], [429]);
    // Once in five seconds, however long a busy machine takes for them all.
    t.true((await lookUps(service.url)) <= 5);
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
      t.is((await ask(service.url, { headers: bearer(key), uri: '/api/admin/settings' })).status, 403);
    }
    t.is((await ask(service.url, { headers: bearer(generateKey()), uri: '/api/admin/version' })).status, 401);
  } finally {
    await service.stop();
  }
});
