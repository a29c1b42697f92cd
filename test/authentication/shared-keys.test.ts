import KeyvRedis from '@keyv/redis';
import test from 'ava';
import fc from 'fast-check';
import Keyv from 'keyv';
import type { ApiKey } from '../../src/authentication/api-key.ts';
import { createSharedKeys, type SharedKeys } from '../../src/authentication/shared-keys.ts';
import { startRedis } from '../support/redis.ts';

const TTL_MS = 60_000;

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

async function withSharedKeys(work: (shared: SharedKeys, keyv: Keyv, faults: unknown[]) => Promise<void>) {
  const redis = await startRedis();
  const keyv = new Keyv({ store: new KeyvRedis(redis.url), ttl: TTL_MS });
  const faults: unknown[] = [];
  const shared = createSharedKeys(keyv, (error) => faults.push(error));
  try {
    await work(shared, keyv, faults);
  } finally {
    await shared.close();
    await redis.stop();
  }
}

test('a key is found as it was shared, for the rest of the time that it is kept', async (t) => {
  await withSharedKeys(async (shared, _keyv, faults) => {
    await fc.assert(
      fc.asyncProperty(apiKeys, async (key) => {
        await shared.keep('digest', key);
        const found = await shared.find('digest');
        t.deepEqual(found?.key, key);
        t.true(found !== undefined && found.restMs > 0 && found.restMs <= TTL_MS);
      }),
      { numRuns: 200 },
    );
    t.deepEqual(faults, []);
  });
});

const VALID = {
  id: 'id',
  userId: 'alice',
  scopes: '*',
  validFrom: '2026-01-01T00:00:00.000Z',
  expiresAt: '2126-01-01T00:00:00.000Z',
};

const { expiresAt: _, ...endless } = VALID;

const NO_KEYS: Record<string, unknown> = {
  'no object': 'alice',
  'an array': [VALID],
  nothing: null,
  'no owner': { ...VALID, userId: null },
  'an owner that is a number': { ...VALID, userId: 7 },
  'a list of scopes': { ...VALID, scopes: ['*'] },
  'no end': endless,
  'an end that is null': { ...VALID, expiresAt: null },
  'an end that is a number': { ...VALID, expiresAt: 4_923_072_000_000 },
  'an end that is no time': { ...VALID, expiresAt: 'never' },
  'a day that there is not': { ...VALID, expiresAt: '2126-02-30T00:00:00.000Z' },
  'a revocation that is no time': { ...VALID, revokedAt: false },
  'bounds that are no text': { ...VALID, ownerScopes: {} },
};

test('what does not read as a key is not there', async (t) => {
  await withSharedKeys(async (shared, keyv, faults) => {
    await keyv.set('digest', VALID);
    t.is((await shared.find('digest'))?.key.userId, 'alice');
    for (const [what, stored] of Object.entries(NO_KEYS)) {
      await keyv.set('digest', stored);
      t.is(await shared.find('digest'), undefined, what);
    }
    t.deepEqual(faults, []);
    const redis = keyv.store as KeyvRedis<string>;
    for (const text of ['', 'null', '7', '{', '[]', '{"value":', JSON.stringify(VALID)]) {
      await redis.set('keyv:digest', text);
      t.is(await shared.find('digest'), undefined, text);
    }
  });
});

test('what was to be kept for no time, or for ever, is not there', async (t) => {
  await withSharedKeys(async (shared, keyv) => {
    const redis = keyv.store as KeyvRedis<string>;
    for (const expires of [undefined, null, 0, Date.now() - 1, 'tomorrow']) {
      await redis.set('keyv:digest', JSON.stringify({ value: VALID, expires }));
      t.is(await shared.find('digest'), undefined, String(expires));
    }
  });
});
