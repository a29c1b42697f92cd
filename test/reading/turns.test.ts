import test from 'ava';
import { createTurns } from '../../src/reading/turns.ts';

test('whoever has much to do waits for those who have little', (t) => {
  const turns = createTurns<string>();
  for (const task of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) turns.add(task.slice(0, 1), task);
  const order = Array.from({ length: 4 }, () => turns.next());
  turns.add('d', 'd1');
  t.deepEqual([...order, turns.next(), turns.next()], ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  t.deepEqual([turns.next(), turns.next()], ['d1', undefined]);
});
