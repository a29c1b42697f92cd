import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import Keyv from 'keyv';
import { CrowdedError } from '../../src/key-cache/fair-source.ts';
import type { ChangeListener } from '../../src/key-cache/invalidation-channel.ts';
import { createKeyCache } from '../../src/key-cache/key-cache.ts';
import type { KeyCacheOptions } from '../../src/key-cache/key-cache-options.ts';
import { createSharedKeys, type SharedKeysObserver } from '../../src/key-cache/shared-keys.ts';
import { SETTLING_MS, STORE_RETRY_MS, UNKNOWN_MS, UNSETTLED_MS } from '../../src/key-cache/times.ts';
import type { ApiKey } from '../../src/keys/api-key.ts';
import { digestOf, packedDigestOf } from '../../src/keys/key-format.ts';
import type { FoundKey } from '../../src/keys/key-source.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A cache before a table of keys that a test changes, breaks and counts the questions to. */
function createStage(secrets: readonly string[], options: Partial<KeyCacheOptions> = {}) {
  const table = new Map<string, FoundKey>(secrets.map((secret) => [digestOf(secret), { key: toKey(secret) }]));
  const clock = createFakeClock();
  const stage = {
    table,
    clock,
    asked: 0,
    isBroken: false,
    /** In place of what the table holds. */
    answer: undefined as Promise<FoundKey | undefined> | undefined,
    listener: undefined as ChangeListener | undefined,
  };
  const source = {
    async find(digest: string) {
      stage.asked++;
      if (stage.answer !== undefined) return stage.answer;
      const found = table.get(digest);
      await delay(5);
      if (stage.isBroken) throw new Error('The store is down.');
      return found;
    },
  };
  const channel = {
    name: 'test',
    listen(listener: ChangeListener) {
      stage.listener = listener;
    },
    publish: async () => {},
    close: async () => {},
  };
  const cache = createKeyCache(source, {
    ttl: 60,
    staleIfError: 60,
    checkPeriod: 300,
    maxKeys: 100,
    channels: [channel],
    clock,
    ...options,
  });
  return Object.assign(stage, { cache });
}

const noFaults = (t: ExecutionContext): SharedKeysObserver => ({
  failed: (error) => t.fail(String(error)),
  answered() {},
});

function toKey(secret: string): ApiKey {
  return {
    id: `id-of-${secret}`,
    userId: secret,
    scopes: '*',
    validFrom: new Date(0),
    expiresAt: new Date(Date.now() + 60_000),
  };
}

/** Past the while after a change in which nothing is kept for long. */
function settle({ listener, clock }: ReturnType<typeof createStage>): void {
  listener?.opened();
  clock.advance(SETTLING_MS);
}

test('callers that miss one key at once wait for one look-up', async (t) => {
  const stage = createStage(['a']);
  const keys = await Promise.all(Array.from({ length: 50 }, () => stage.cache.find(digestOf('a'))));
  t.true(keys.every((key) => key?.userId === 'a'));
  t.is(stage.asked, 1);
});

test('a found key is kept for its time and no longer', async (t) => {
  const stage = createStage(['a'], { ttl: 1 });
  settle(stage);
  await stage.cache.find(digestOf('a'));
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 1);
  t.is(stage.cache.peek(packedDigestOf('a'))?.userId, 'a');
  stage.clock.advance(999);
  t.is(stage.cache.peek(packedDigestOf('a'))?.userId, 'a');
  stage.clock.advance(1);
  t.is(stage.cache.peek(packedDigestOf('a')), undefined);
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 2);
});

test('a key that a replica gave back is asked for again soon, and shared with nobody', async (t) => {
  const shared: string[] = [];
  const keep = async (digest: string) => void shared.push(digest);
  const nothing = async () => undefined;
  const stage = createStage(['a', 'b'], {
    shared: { find: async () => ({ epoch: 'now' }), keep, forgetAll: nothing, close: nothing },
  });
  stage.table.set(digestOf('a'), { key: toKey('a'), isProvisional: true });
  settle(stage);
  for (const secret of ['a', 'b']) t.truthy(await stage.cache.find(digestOf(secret)));
  t.deepEqual(shared, [digestOf('b')]);
  stage.table.clear();
  stage.clock.advance(UNSETTLED_MS);
  t.is(await stage.cache.find(digestOf('a')), undefined);
  t.truthy(await stage.cache.find(digestOf('b')), 'kept for its time');
});

test('an unknown key is remembered for a moment, and forgotten as soon as any key changes', async (t) => {
  const stage = createStage([]);
  t.is(await stage.cache.find(digestOf('a')), undefined);
  t.is(await stage.cache.find(digestOf('a')), undefined);
  t.is(stage.asked, 1);
  stage.table.set(digestOf('a'), { key: toKey('a') });
  stage.listener?.changed(digestOf('a'));
  t.is((await stage.cache.find(digestOf('a')))?.userId, 'a');
});

test('an unknown key is asked for again after a moment, and at once where many others came after it', async (t) => {
  const stage = createStage([]);
  await stage.cache.find(digestOf('a'));
  for (let batch = 0; batch < 10; batch++) {
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => stage.cache.find(digestOf(`x${batch}-${index}`))));
  }
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 10_002);
  stage.clock.advance(UNKNOWN_MS);
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 10_002);
  stage.clock.advance(1);
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 10_003);
});

test('memory is bounded: the key that was not used for longest goes', async (t) => {
  const stage = createStage(['a', 'b', 'c'], { maxKeys: 2 });
  for (const secret of ['a', 'b', 'a', 'c']) await stage.cache.find(digestOf(secret));
  t.true(stage.cache.knows(digestOf('a')));
  t.false(stage.cache.knows(digestOf('b')));
});

test('thousands of unknown keys push no known one out', async (t) => {
  const stage = createStage(['a']);
  await stage.cache.find(digestOf('a'));
  for (let batch = 0; batch < 12; batch++) {
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => stage.cache.find(digestOf(`x${batch}-${index}`))));
  }
  t.is(stage.asked, 12_001);
  t.true(stage.cache.knows(digestOf('a')));
});

for (const change of ['digest', 'id', 'everything'] as const) {
  test(`word of a change makes the key forgotten: by ${change}`, async (t) => {
    const stage = createStage(['a']);
    await stage.cache.find(digestOf('a'));
    stage.table.clear();
    stage.listener?.changed({ digest: digestOf('a'), id: 'id-of-a', everything: '*' }[change]);
    t.is(stage.cache.peek(packedDigestOf('a')), undefined);
    t.is(await stage.cache.find(digestOf('a')), undefined);
  });
}

test('what was read before a change is not kept after it', async (t) => {
  const stage = createStage(['a']);
  const reading = stage.cache.find(digestOf('a'));
  await delay(1);
  stage.table.clear();
  stage.listener?.changed(digestOf('a'));
  await reading;
  t.is(stage.cache.peek(packedDigestOf('a')), undefined);
  t.is(await stage.cache.find(digestOf('a')), undefined);
});

const TOLD: Record<string, (stage: ReturnType<typeof createStage>) => unknown> = {
  'by digest': ({ listener }) => listener?.changed(digestOf('a')),
  'by id': ({ listener }) => listener?.changed('id-of-a'),
  'of everything': ({ listener }) => listener?.changed('*'),
  'by an operator': ({ cache }) => cache.evict('id-of-a'),
  'by an operator, of everything': ({ cache }) => cache.reset(),
  'that no more will come': ({ listener }) => listener?.lost(),
  'that more will come': ({ listener }) => listener?.opened(),
};

for (const [how, tell] of Object.entries(TOLD)) {
  test(`word of a change is overtaken by no write that waits: ${how}`, async (t) => {
    // Whatever waits between the answer of the store and the memory does so for turns of the microtask queue.
    for (let turns = 0; turns < 40; turns++) {
      const stage = createStage([], { ttl: 60 });
      const answer = Promise.withResolvers<FoundKey | undefined>();
      stage.answer = answer.promise;
      const reading = stage.cache.find(digestOf('a'));
      await delay(0);
      answer.resolve({ key: toKey('a') });
      for (let turn = 0; turn < turns; turn++) await undefined;
      tell(stage);
      t.is(stage.cache.peek(packedDigestOf('a')), undefined, `at once, after ${turns} turns`);
      await reading;
      await delay(0);
      t.is(stage.cache.peek(packedDigestOf('a')), undefined, `from then on, after ${turns} turns`);
      stage.answer = Promise.resolve(undefined);
      t.is(await stage.cache.find(digestOf('a')), undefined, `after ${turns} turns`);
      await stage.cache.close();
    }
  });
}

test('a write that waits at the shared cache overtakes no word of a change', async (t) => {
  for (let turns = 0; turns < 40; turns++) {
    const rest = new Map<string, unknown>();
    const shared = createSharedKeys(new Keyv({ store: rest, ttl: 60_000 }), { timeoutMs: 10_000 }, noFaults(t));
    const stage = createStage([], { channels: [], shared });
    const answer = Promise.withResolvers<FoundKey | undefined>();
    stage.answer = answer.promise;
    const reading = stage.cache.find(digestOf('a'));
    await delay(0);
    answer.resolve({ key: toKey('a') });
    for (let turn = 0; turn < turns; turn++) await undefined;
    await stage.cache.evict(digestOf('a'));
    await reading;
    t.is((await shared.find(digestOf('a'))).found, undefined, `after ${turns} turns`);
    await stage.cache.close();
  }
});

test('a key that another instance has shared is kept no longer than by that one', async (t) => {
  const clock = createFakeClock(Date.now());
  const options = { timeoutMs: 10_000, clock, dateClock: clock };
  const shared = createSharedKeys(new Keyv({ store: new Map(), ttl: 2_000 }), options, noFaults(t));
  await shared.forgetAll();
  const one = createStage(['a'], { channels: [], shared, clock });
  const another = createStage(['a'], { channels: [], shared, clock });
  await one.cache.find(digestOf('a'));
  clock.advance(500);
  await another.cache.find(digestOf('a'));
  t.is(another.asked, 0);
  t.not(another.cache.peek(packedDigestOf('a')), undefined);
  // The real date, by which Keyv writes down when a key ends to be shared, has gone on a little.
  clock.advance(30_000);
  t.is(another.cache.peek(packedDigestOf('a')), undefined);
  await another.cache.find(digestOf('a'));
  t.is(another.asked, 1);
  await Promise.all([one, another].map(({ cache }) => cache.close()));
});

test('while word of changes may be missed, every key is asked for again within a second', async (t) => {
  const stage = createStage(['a']);
  settle(stage);
  await stage.cache.find(digestOf('a'));
  stage.listener?.lost();
  t.is(stage.cache.peek(packedDigestOf('a')), undefined, 'what was kept is in doubt at once');
  await stage.cache.find(digestOf('a'));
  stage.clock.advance(UNSETTLED_MS);
  t.is(stage.cache.peek(packedDigestOf('a')), undefined);
});

test('a key is fresh for its time once so much has passed since the last change, and asked for again and again until then', async (t) => {
  const stage = createStage(['a'], { settlingMs: 2_000 });
  stage.listener?.opened();
  for (const [atMs, asked] of [
    [0, 1],
    [UNSETTLED_MS - 1, 1],
    [UNSETTLED_MS, 2],
    [1_999, 3],
    [2_000, 3],
    [1_999 + UNSETTLED_MS, 4],
    [40_000, 4],
  ] as const) {
    stage.clock.advance(atMs - (stage.clock.now() - 1_000_000));
    await stage.cache.find(digestOf('a'));
    t.is(stage.asked, asked, `after ${atMs} ms`);
  }
});

test('a store that failed is not asked again at once about a key that is stale', async (t) => {
  const stage = createStage(['a'], { ttl: 0 });
  await stage.cache.find(digestOf('a'));
  stage.isBroken = true;
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 2);
  stage.clock.advance(STORE_RETRY_MS - 1);
  t.is((await stage.cache.find(digestOf('a')))?.userId, 'a');
  t.is(stage.asked, 2);
  stage.clock.advance(1);
  await stage.cache.find(digestOf('a'));
  t.is(stage.asked, 3);
});

test('while the store is down, known keys go on for their time, and unknown ones are a fault', async (t) => {
  const stage = createStage(['a', 'b'], { ttl: 0, staleIfError: 1 });
  await stage.cache.find(digestOf('a'));
  stage.isBroken = true;
  stage.listener?.lost();
  t.is((await stage.cache.find(digestOf('a')))?.userId, 'a');
  await t.throwsAsync(stage.cache.find(digestOf('b')));
  stage.clock.advance(1_000);
  await t.throwsAsync(stage.cache.find(digestOf('a')));
});

test('a key of which a change was told is not used while the store is down', async (t) => {
  const stage = createStage(['a']);
  await stage.cache.find(digestOf('a'));
  stage.isBroken = true;
  stage.listener?.changed(digestOf('a'));
  await t.throwsAsync(stage.cache.find(digestOf('a')));
});

test('an operator hears when no other instance can be told', async (t) => {
  const mute = { name: 'mute', listen() {}, publish: () => Promise.reject(new Error('no way')), close: async () => {} };
  const stage = createStage(['a'], { channels: [mute] });
  await stage.cache.find(digestOf('a'));
  t.deepEqual(await stage.cache.evict(digestOf('a')), { wasKnown: true, isTold: false });
  t.false(await stage.cache.reset());
  t.is(stage.cache.peek(packedDigestOf('a')), undefined, 'it is forgotten here all the same');
});

test('a crowd of strangers keeps nobody from noticing that a known key has changed', async (t) => {
  const stage = createStage(['a']);
  t.truthy(await stage.cache.find(digestOf('a')));
  stage.answer = Promise.reject(new CrowdedError());
  await t.throwsAsync(stage.cache.find(digestOf('guess'), '192.0.2.7'), { instanceOf: CrowdedError });
  stage.answer = undefined;
  stage.table.delete(digestOf('a'));
  // Word of changes does not arrive: it is asked for again after half a second.
  stage.clock.advance(UNSETTLED_MS);
  t.is(await stage.cache.find(digestOf('a')), undefined);
});
