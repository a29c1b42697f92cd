import test from 'ava';
import type { KeySource } from '../../src/keys/key-source.ts';
import { withReplica } from '../../src/storage/with-replica.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('a database that failed is asked again after five seconds, and the replica meanwhile', async (t) => {
  const asked: string[] = [];
  let isBroken = true;
  const primary: KeySource = {
    async find() {
      asked.push('primary');
      if (isBroken) throw new Error('The database is down.');
      return undefined;
    },
  };
  const replica: KeySource = {
    async find() {
      asked.push('replica');
      return undefined;
    },
  };
  const clock = createFakeClock();
  const source = withReplica(primary, replica, clock);
  for (const [passedMs, places] of [
    [0, ['primary', 'replica']],
    [4_999, ['replica']],
    [1, ['primary', 'replica']],
    [5_000, ['primary']],
    [0, ['primary']],
  ] as const) {
    clock.advance(passedMs);
    if (passedMs === 5_000) isBroken = false;
    asked.length = 0;
    await source.find('digest');
    t.deepEqual(asked, places);
  }
});
