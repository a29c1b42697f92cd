import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { connectSharedKeys } from '../../src/key-cache/connect-shared-keys.ts';
import { createRedisClient, type RedisClient } from '../../src/key-cache/redis.ts';
import type { SharedKeys } from '../../src/key-cache/shared-keys.ts';
import { CALM_MS } from '../../src/key-cache/times.ts';
import type { ApiKey } from '../../src/keys/api-key.ts';
import { digestOf } from '../../src/keys/key-format.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';

const TTL_MS = 60_000;
/** More than the service waits: the machine that runs the tests may be busy. */
const OPTIONS = { ttlMs: TTL_MS, timeoutMs: 10_000 };
const DIGEST = digestOf('a');
const RECORD = `prefect-auth::${DIGEST}`;
const EPOCH = 'prefect-auth::epoch';

const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z') });

const apiKeys: fc.Arbitrary<ApiKey> = fc.record(
  {
    id: fc.string(),
    userId: fc.string({ unit: 'grapheme' }),
    scopes: fc.string(),
    validFrom: date,
    expiresAt: date,
    revokedAt: date,
    ownerScopes: fc.string(),
  },
  { requiredKeys: ['id', 'userId', 'scopes', 'validFrom', 'expiresAt'] },
);

const KEY: ApiKey = {
  id: 'id',
  userId: 'alice',
  scopes: '*',
  validFrom: new Date(0),
  expiresAt: new Date('2126-01-01T00:00:00.000Z'),
};

interface Stage {
  readonly redis: RedisServer;
  /** Of whoever else may write there. */
  readonly client: RedisClient;
  /** One instance, and another. */
  readonly one: SharedKeys;
  readonly other: SharedKeys;
  readonly told: string[];
  /** Of both instances. */
  readonly clock: FakeClock;
}

async function withSharedKeys(work: (stage: Stage) => Promise<void>): Promise<void> {
  const redis = await startRedis();
  const client = createRedisClient(redis.url, 50);
  await client.connect();
  const told: string[] = [];
  const observer = { failed: () => told.push('failed'), answered: () => told.push('answered') };
  const clock = createFakeClock();
  const connect = () => connectSharedKeys(redis.url, { ...OPTIONS, clock }, observer);
  const [one, other] = [connect(), connect()];
  try {
    await one.forgetAll();
    await other.find(DIGEST);
    // A busy machine may have taken too long to connect.
    clock.advance(CALM_MS);
    told.length = 0;
    await work({ redis, client, one, other, told, clock });
  } finally {
    await Promise.all([one, other].map((each) => each.close()));
    client.destroy();
    await redis.stop();
  }
}

async function epochOf(shared: SharedKeys): Promise<string> {
  const { epoch } = await shared.find(DIGEST);
  if (epoch === undefined) throw new Error('There is no epoch.');
  return epoch;
}

async function share(shared: SharedKeys, key: ApiKey = KEY): Promise<void> {
  await shared.keep(DIGEST, key, await epochOf(shared));
}

const find = async (shared: SharedKeys) => (await shared.find(DIGEST)).found;

test('a key is found as it was shared, for the rest of the time that it is kept', async (t) => {
  await withSharedKeys(async ({ one, other, told }) => {
    await fc.assert(
      fc.asyncProperty(apiKeys, async (key) => {
        await share(one, key);
        const found = await find(other);
        t.deepEqual(found?.key, key);
        t.true(found !== undefined && found.restMs > 0 && found.restMs <= TTL_MS);
      }),
      { numRuns: 200 },
    );
    t.false(told.includes('failed'));
  });
});

test('what was shared before a change is found by nobody after it', async (t) => {
  await withSharedKeys(async ({ one, other }) => {
    await share(one);
    t.truthy(await find(other));
    await other.forgetAll();
    t.is(await find(one), undefined);
    t.is(await find(other), undefined);
  });
});

test('what was read before a change is found by nobody, however late it is shared', async (t) => {
  await withSharedKeys(async ({ one, other }) => {
    const epoch = await epochOf(one);
    await other.forgetAll();
    await one.keep(DIGEST, KEY, epoch);
    t.is(await find(one), undefined);
    t.is(await find(other), undefined);
  });
});

const REFUSALS: Record<string, (client: RedisClient) => readonly [refuse: () => unknown, mend: () => unknown]> = {
  'takes no writes for want of a replica': (client) => [
    () => client.configSet('min-replicas-to-write', '1'),
    () => client.configSet('min-replicas-to-write', '0'),
  ],
  'is somebody else’s replica for a while': (client) => [
    () => client.sendCommand(['REPLICAOF', '127.0.0.1', '1']),
    () => client.sendCommand(['REPLICAOF', 'NO', 'ONE']),
  ],
};

for (const [what, toRefusal] of Object.entries(REFUSALS)) {
  test(`nothing is found by who could not tell of a change: Redis ${what}`, async (t) => {
    await withSharedKeys(async ({ client, one, told }) => {
      const [refuse, mend] = toRefusal(client);
      await share(one);
      await refuse();
      await one.forgetAll();
      t.deepEqual(await one.find(DIGEST), {});
      t.is(await client.exists(RECORD), 1, 'it is there');
      t.true(told.includes('failed'));
      await mend();
      t.is(await find(one), undefined);
      await share(one);
      t.truthy(await find(one), 'shared anew');
    });
  });
}

test('what comes back with Redis counts for nothing where there was a change meanwhile', async (t) => {
  await withSharedKeys(async ({ redis, client, one }) => {
    await share(one);
    const [record = '', epoch = ''] = await client.mGet([RECORD, EPOCH]).then((texts) => texts.map(String));
    await redis.kill();
    await one.forgetAll();
    await redis.restart();
    while (!client.isReady) await delay(10);
    await client.mSet({ [RECORD]: record, [EPOCH]: epoch });
    for (let count = 0; count < 100; count++) {
      t.is(await find(one), undefined);
      await delay(10);
    }
    t.not(await epochOf(one), JSON.parse(epoch).value);
  });
});

test('without an epoch another one begins', async (t) => {
  await withSharedKeys(async ({ client, one, other }) => {
    await share(one);
    for (const text of [undefined, '{}', '{"value":7}', '{"value":null}']) {
      await (text === undefined ? client.del(EPOCH) : client.set(EPOCH, text));
      t.deepEqual(await one.find(DIGEST), {}, text);
      t.is(await find(other), undefined, text);
      await share(other);
      t.truthy(await find(one), text);
    }
  });
});

test('who forgets much at once begins few epochs', async (t) => {
  await withSharedKeys(async ({ client, one }) => {
    const before = Number(/cmdstat_set:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);
    await Promise.all(Array.from({ length: 1000 }, () => one.forgetAll()));
    const after = Number(/cmdstat_set:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);
    t.true(after - before >= 1 && after - before <= 3, `${after - before}`);
  });
});

test('it is said once that Redis fails, and that it answers when it has for a while', async (t) => {
  await withSharedKeys(async ({ client, one, told, clock }) => {
    await one.find(DIGEST);
    t.deepEqual(told, ['answered']);
    told.length = 0;
    await client.set(EPOCH, 'no JSON');
    await one.find(DIGEST);
    t.true(told.length > 0 && told.every((each) => each === 'failed'));
    told.length = 0;
    await one.forgetAll();
    await one.find(DIGEST);
    t.deepEqual(told, []);
    clock.advance(CALM_MS);
    await one.find(DIGEST);
    t.deepEqual(told, ['answered']);
  });
});

const STORED = { ...KEY, validFrom: '2026-01-01T00:00:00.000Z', expiresAt: '2126-01-01T00:00:00.000Z' };
const { expiresAt: _, ...ENDLESS } = STORED;

const NO_KEYS: Record<string, unknown> = {
  'no owner': { ...STORED, userId: null },
  'an owner that is a number': { ...STORED, userId: 7 },
  'a list of scopes': { ...STORED, scopes: ['*'] },
  'no end': ENDLESS,
  'an end that is null': { ...STORED, expiresAt: null },
  'an end that is a number': { ...STORED, expiresAt: 4_923_072_000_000 },
  'an end that is no time': { ...STORED, expiresAt: 'never' },
  'a day that there is not': { ...STORED, expiresAt: '2126-02-30T00:00:00.000Z' },
  'a revocation that is no time': { ...STORED, revokedAt: false },
  'bounds that are no text': { ...STORED, ownerScopes: {} },
};

test('what does not read as a key of this epoch is not there', async (t) => {
  await withSharedKeys(async ({ client, one }) => {
    const epoch = await epochOf(one);
    const expires = Date.now() + TTL_MS;
    const put = (stored: unknown) => client.set(RECORD, JSON.stringify(stored));
    await put({ value: { ...STORED, epoch }, expires });
    t.is((await find(one))?.key.userId, 'alice');
    for (const [what, stored] of Object.entries(NO_KEYS)) {
      await put({ value: { ...(stored as object), epoch }, expires });
      t.is(await find(one), undefined, what);
    }
    for (const other of [undefined, null, '', 7, true, [epoch], `${epoch} `]) {
      await put({ value: { ...STORED, epoch: other }, expires });
      t.is(await find(one), undefined, `epoch ${other}`);
    }
    for (const time of [undefined, null, 0, Date.now() - 1, 'tomorrow']) {
      await put({ value: { ...STORED, epoch }, expires: time });
      t.is(await find(one), undefined, `until ${time}`);
    }
    for (const text of ['', 'null', '7', '{', '[]', '{"value":', JSON.stringify({ ...STORED, epoch })]) {
      await client.set(RECORD, text);
      t.is(await find(one), undefined, text);
    }
  });
});

test('nothing in Redis is a key, nor says one', async (t) => {
  await withSharedKeys(async ({ client, one }) => {
    await share(one);
    const names = await client.keys('*');
    t.deepEqual(names.toSorted(), [RECORD, EPOCH].toSorted());
    for (const name of names) t.false((await client.get(name))?.includes(DIGEST));
  });
});
