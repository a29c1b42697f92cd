import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { CrowdedError, createFairSource } from '../../src/key-cache/fair-source.ts';
import type { ApiKey } from '../../src/keys/api-key.ts';
import type { FoundKey } from '../../src/keys/key-source.ts';

const FOUND: FoundKey = { key: { id: 'k1' } as ApiKey };

/** A store that takes as long for each key as it is told, and knows one. */
function createStore(milliseconds: number) {
  const store = { underWay: 0, most: 0, asked: [] as string[], isDown: false };
  const source = {
    async find(digest: string) {
      store.asked.push(digest);
      store.most = Math.max(store.most, ++store.underWay);
      await delay(milliseconds);
      store.underWay--;
      if (store.isDown) throw new Error('The store is down.');
      return digest === 'known' ? FOUND : undefined;
    },
  };
  return Object.assign(store, { source });
}

const flood = (source: { find(digest: string, address?: string): Promise<unknown> }, address: string, count: number) =>
  Array.from({ length: count }, (_, at) => source.find(`${address} ${at}`, address).catch((error: Error) => error));

test('no more keys are looked up at once than there are slots, and all are', async (t) => {
  const store = createStore(1);
  const source = createFairSource(store.source, { slots: 5, waitMs: 2_000 });
  await Promise.all([...flood(source, '192.0.2.1', 200), ...flood(source, '192.0.2.2', 200)]);
  t.is(store.most, 5);
  t.is(store.asked.length, 400);
});

test('addresses take turns, however many keys one of them sends', async (t) => {
  const store = createStore(2);
  const source = createFairSource(store.source, { slots: 3, waitMs: 2_000 });
  const guesses = flood(source, '192.0.2.1', 300);
  t.is(await source.find('known', '192.0.2.2'), FOUND);
  t.true(store.asked.length <= 3 + 2 + 3, 'only those that were there before it, and one turn');
  const others = ['192.0.2.3', '192.0.2.4', '2001:db8::1'].map((address) => source.find('known', address));
  t.deepEqual(await Promise.all(others), [FOUND, FOUND, FOUND]);
  t.true(store.asked.length <= 20);
  await Promise.all(guesses);
});

test('many addresses of one network are one client', async (t) => {
  const store = createStore(2);
  const source = createFairSource(store.source, { slots: 1, waitMs: 2_000 });
  const guesses = Array.from({ length: 100 }, (_, at) => source.find(`guess ${at}`, `2001:db8::${at}`));
  await source.find('known', '2001:db8:0:1::1');
  t.true(store.asked.length <= 4);
  await Promise.all(guesses);
});

test('a key behind the address of a guesser is found too, in its order', async (t) => {
  const store = createStore(1);
  const source = createFairSource(store.source, { slots: 5, waitMs: 2_000 });
  const guesses = flood(source, '192.0.2.1', 500);
  t.is(await source.find('known', '192.0.2.1'), FOUND);
  await Promise.all(guesses);
});

test('who waits too long hears so, takes no slot, and leaves nothing behind', async (t) => {
  const store = createStore(60);
  const source = createFairSource(store.source, { slots: 1, waitMs: 100 });
  const results = await Promise.all(flood(source, '192.0.2.1', 20));
  t.is(results.filter((result) => result instanceof CrowdedError).length, 20 - store.asked.length);
  t.true(store.asked.length <= 3);
  t.is(await source.find('known', '192.0.2.1'), FOUND, 'and the slot is free again');
});

test('a key that was good before waits for nobody', async (t) => {
  const store = createStore(50);
  const source = createFairSource(store.source, { slots: 1, waitMs: 5_000 });
  const guesses = flood(source, '192.0.2.1', 20);
  const start = performance.now();
  t.is(await source.find('known'), FOUND);
  t.true(performance.now() - start < 500);
  await Promise.all(guesses);
});

test('whoever waits while the store fails hears so at once, and all slots are free again', async (t) => {
  const store = createStore(50);
  store.isDown = true;
  const source = createFairSource(store.source, { slots: 2, waitMs: 5_000 });
  const start = performance.now();
  const results = await Promise.all(flood(source, '192.0.2.1', 100));
  t.true(results.every((result) => result instanceof Error && !(result instanceof CrowdedError)));
  t.true(performance.now() - start < 1_000);
  store.isDown = false;
  t.deepEqual(await Promise.all([1, 2, 3, 4].map(() => source.find('known', '192.0.2.1'))), [
    FOUND,
    FOUND,
    FOUND,
    FOUND,
  ]);
});
