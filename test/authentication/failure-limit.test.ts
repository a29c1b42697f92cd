import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { createFailureLimit } from '../../src/authentication/failure-limit.ts';

async function isRefused(counted: string, asked: string): Promise<boolean> {
  const failures = createFailureLimit(2, 60);
  await failures.count(counted);
  if ((await failures.check(asked)) !== undefined) throw new Error('refused too early');
  await failures.count(counted);
  return (await failures.check(asked)) !== undefined;
}

test('an address is refused once it has failed too often, and told when to come again', async (t) => {
  const failures = createFailureLimit(3, 1);
  for (let count = 0; count < 3; count++) {
    t.is(await failures.check('192.0.2.1'), undefined);
    await failures.count('192.0.2.1');
  }
  t.like(await failures.check('192.0.2.1'), { reason: 'too_many_failures', retryAfter: 1 });
  t.is(await failures.check('192.0.2.2'), undefined);
  await delay(1_100);
  t.is(await failures.check('192.0.2.1'), undefined);
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
