import test from 'ava';
import { createFailureLimit } from '../../src/authentication/failure-limit.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function isRefused(counted: string, asked: string): boolean {
  const failures = createFailureLimit(2, 60);
  failures.count(counted);
  failures.count(counted);
  return failures.count(asked)?.reason === 'too_many_failures';
}

test('an address that has failed too often is told when to come again', (t) => {
  const clock = createFakeClock();
  const failures = createFailureLimit(3, 60, clock);
  for (let count = 0; count < 3; count++) t.is(failures.count('192.0.2.1'), undefined);
  t.like(failures.count('192.0.2.1'), { reason: 'too_many_failures', retryAfter: 60 });
  clock.advance(59_000);
  t.like(failures.count('192.0.2.1'), { reason: 'too_many_failures', retryAfter: 1 });
  t.is(failures.count('192.0.2.2'), undefined);
  clock.advance(1_001);
  t.is(failures.count('192.0.2.1'), undefined);
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
  test(`failures of ${counted || 'nobody'} ${isSame ? 'count' : 'do not count'} for ${asked}`, (t) => {
    t.is(isRefused(counted, asked), isSame);
  });
}
