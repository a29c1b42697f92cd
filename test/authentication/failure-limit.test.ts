import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { createFailureLimit, type FailureLimit } from '../../src/authentication/failure-limit.ts';
import { type Denial, deny } from '../../src/denial.ts';

const UNKNOWN = deny('unknown_key', 'not known');
const GOOD = { id: 'k1' };

/** What becomes of an unknown key from an address. */
async function fail(failures: FailureLimit, address: string): Promise<Partial<Denial>> {
  return failures.attempt(address, async () => UNKNOWN);
}

async function isRefused(counted: string, asked: string): Promise<boolean> {
  const failures = createFailureLimit(2, 60);
  await fail(failures, counted);
  if ((await failures.attempt(asked, async () => GOOD)) !== GOOD) throw new Error('refused too early');
  await fail(failures, counted);
  return (await fail(failures, asked)).reason === 'too_many_failures';
}

test('an address is refused once it has failed too often, and told when to come again', async (t) => {
  const failures = createFailureLimit(3, 1);
  for (let count = 0; count < 3; count++) t.is(await fail(failures, '192.0.2.1'), UNKNOWN);
  t.like(await fail(failures, '192.0.2.1'), { reason: 'too_many_failures', retryAfter: 1 });
  t.is(await fail(failures, '192.0.2.2'), UNKNOWN);
  await delay(1_100);
  t.is(await fail(failures, '192.0.2.1'), UNKNOWN);
});

test('of many unknown keys that come at once, no more are looked up than are tolerated', async (t) => {
  const failures = createFailureLimit(5, 60);
  let looked = 0;
  const look = async () => {
    looked++;
    await delay(5);
    return UNKNOWN;
  };
  const results = await Promise.all(Array.from({ length: 200 }, () => failures.attempt('192.0.2.1', look)));
  t.is(looked, 5);
  t.is(results.filter(({ reason }) => reason === 'unknown_key').length, 5);
  t.is(results.filter(({ reason }) => reason === 'too_many_failures').length, 195);
});

test('good keys that come at once are all looked up, so many at a time, and count for nothing', async (t) => {
  const failures = createFailureLimit(5, 60);
  let underWay = 0;
  let most = 0;
  const look = async () => {
    most = Math.max(most, ++underWay);
    await delay(1);
    underWay--;
    return GOOD;
  };
  for (let round = 0; round < 2; round++) {
    const results = await Promise.all(Array.from({ length: 200 }, () => failures.attempt('192.0.2.1', look)));
    t.true(results.every((result) => result === GOOD));
  }
  t.is(most, 5);
  t.is(await fail(failures, '192.0.2.1'), UNKNOWN);
});

test('whoever waits while the store fails hears so at once, and nobody is refused for it', async (t) => {
  const failures = createFailureLimit(2, 60);
  const look = async () => {
    await delay(50);
    throw new Error('The store is down.');
  };
  const start = performance.now();
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => failures.attempt('192.0.2.1', look)));
  t.true(results.every(({ status }) => status === 'rejected'));
  t.true(performance.now() - start < 1_000);
  t.is(await failures.attempt('192.0.2.1', async () => GOOD), GOOD);
});

for (const [counted, asked, isSame] of [
  ['2001:db8::1', '2001:db8::2', true],
  ['2001:db8::1', '2001:0DB8:0:0:ffff::9', true],
  ['2001:db8::1', '2001:db8:0:1::1', false],
  ['2001:db8:1::', '2001:db8::1', false],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['::ffff:192.0.2.1', '192.0.2.2', false],
  ['', 'not an address', true],
  ['unknown', '192.0.2.1', false],
] as const) {
  test(`failures of ${counted || 'nobody'} ${isSame ? 'count' : 'do not count'} for ${asked}`, async (t) => {
    t.is(await isRefused(counted, asked), isSame);
  });
}
