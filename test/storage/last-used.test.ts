import test from 'ava';
import type { UsedKey } from '../../src/keys/used-key.ts';
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
  const a: UsedKey = { id: 'a' };
  const b: UsedKey = { id: 'b' };
  const c: UsedKey = { id: 'c' };
  const use = async (keys: readonly UsedKey[]) => {
    for (const key of keys) stage.lastUsed.record(key);
    await stage.lastUsed.flush();
  };
  await use([a, b, a]);
  await use([a]);
  stage.time += FIVE_MINUTES - 1;
  await use([b, a, c]);
  stage.time += 1_001;
  await use([a, a]);
  t.deepEqual(stage.told, [['a', 'b'], ['c'], ['a']]);
  await stage.lastUsed.close();
});

test('two copies of a key that is used wait as one', async (t) => {
  const stage = createStage();
  for (const key of [{ id: 'a' }, { id: 'a' }]) stage.lastUsed.record(key);
  await stage.lastUsed.close();
  t.deepEqual(stage.told, [['a']]);
});

test('what waits is written in parts, and when it stops', async (t) => {
  const stage = createStage();
  for (let number = 0; number < 1_100; number++) stage.lastUsed.record({ id: `key-${number}` });
  await stage.lastUsed.close();
  t.deepEqual(
    stage.told.map((ids) => ids.length),
    [500, 500, 100],
  );
});
