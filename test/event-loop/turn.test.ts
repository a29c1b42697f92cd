import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { turnHasArrived, turnIsDecided } from '../../src/event-loop/turn.ts';

test('requests of one turn are decided together, in their order, once all have arrived, and then answered', async (t) => {
  const order: string[] = [];
  const handle = async (name: string) => {
    order.push(`${name} read`);
    await turnHasArrived();
    order.push(`${name} decided`);
    await turnIsDecided();
    order.push(`${name} answered`);
  };
  await Promise.all([
    handle('one'),
    Promise.resolve()
      .then(Boolean)
      .then(() => handle('other')),
  ]);
  t.deepEqual(order, ['one read', 'other read', 'one decided', 'other decided', 'one answered', 'other answered']);
});

test('a request that arrives while others are decided waits for the end of the next turn', async (t) => {
  const first = turnHasArrived();
  await first;
  const second = turnHasArrived();
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

test('to wait until the turn is decided takes one turn of the microtask queue, no more', async (t) => {
  const order: string[] = [];
  const decided = turnIsDecided().then(() => order.push('answered'));
  await Promise.all([
    decided,
    Promise.resolve()
      .then(() => order.push('one'))
      .then(() => order.push('two')),
  ]);
  t.deepEqual(order, ['answered', 'one', 'two']);
});
