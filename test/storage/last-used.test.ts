import test from 'ava';
import { createLastUsed } from '../../src/storage/last-used.ts';

const FIVE_MINUTES = 300_000;

/** A store that takes down what it is told, at a time that the test sets. */
function createStage() {
  const stage = { time: Date.parse('2026-11-24T12:00:00.400Z'), told: [] as (readonly string[])[] };
  const markUsed = async (ids: readonly string[]) => void stage.told.push(ids);
  const fail = (error: unknown) => {
    throw error;
  };
  return Object.assign(stage, { lastUsed: createLastUsed({ markUsed }, { now: () => stage.time, onError: fail }) });
}

test('a key is noted once within five minutes, however often it is used', async (t) => {
  const stage = createStage();
  const use = async (ids: readonly string[]) => {
    for (const id of ids) stage.lastUsed.record(id);
    await stage.lastUsed.flush();
  };
  await use(['a', 'b', 'a']);
  await use(['a']);
  stage.time += FIVE_MINUTES - 1;
  await use(['b', 'a', 'c']);
  stage.time += 1_001;
  await use(['a', 'a']);
  t.deepEqual(stage.told, [['a', 'b'], ['c'], ['a']]);
  await stage.lastUsed.close();
});

test('what waits is written in parts, and when it stops', async (t) => {
  const stage = createStage();
  for (let number = 0; number < 1_100; number++) stage.lastUsed.record(`key-${number}`);
  await stage.lastUsed.close();
  t.deepEqual(
    stage.told.map((ids) => ids.length),
    [500, 500, 100],
  );
});
