import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { endOfTurn } from '../../src/event-loop/end-of-turn.ts';

test('those who wait in one turn go on together, in their order, once all of them have come', async (t) => {
  const order: string[] = [];
  const begin = async (name: string) => {
    order.push(`${name} read`);
    await endOfTurn();
    order.push(`${name} decided`);
  };
  const both = Promise.all([
    begin('one'),
    Promise.resolve()
      .then(Boolean)
      .then(() => begin('other')),
  ]);
  await both;
  t.deepEqual(order, ['one read', 'other read', 'one decided', 'other decided']);
});

test('who comes while others go on waits for the end of the next turn', async (t) => {
  const first = endOfTurn();
  await first;
  const second = endOfTurn();
  t.not(second, first);
  let hasEnded = false;
  void second.then(() => {
    hasEnded = true;
  });
  await Promise.resolve();
  t.false(hasEnded);
  await nextTurn();
  t.true(hasEnded);
});
