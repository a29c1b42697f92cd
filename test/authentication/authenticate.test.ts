import test from 'ava';
import { createAuthenticate } from '../../src/authentication/authenticate.ts';
import { createFailureLimit } from '../../src/authentication/failure-limit.ts';
import { decide } from '../../src/authorization/decide.ts';
import { isDenial } from '../../src/authorization/denial.ts';
import type { Principal } from '../../src/authorization/principal.ts';
import { createKeyCache } from '../../src/key-cache/key-cache.ts';
import type { ApiKey } from '../../src/keys/api-key.ts';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import type { FoundKey } from '../../src/keys/key-source.ts';
import { collectedHeapBytes } from '../support/process/heap.ts';

const START = Date.UTC(2026, 0, 1);
const END = Date.UTC(2027, 0, 1);

const KEY: ApiKey = {
  id: 'k1',
  userId: 'alice',
  scopes: 'query/*',
  validFrom: new Date(START),
  expiresAt: new Date(END),
};

/** One key behind a cache, a clock that stands where it is put, and a count of how often the store was asked. */
function createGate(changes: Partial<ApiKey> = {}) {
  const secret = generateKey();
  const key = { ...KEY, ...changes };
  const gate = { secret, now: START, asked: 0, problems: [] as string[] };
  const source = {
    async find(digest: string) {
      gate.asked++;
      return digest === digestOf(secret) ? { key } : undefined;
    },
  };
  const keys = createKeyCache(source, { ttl: 1800, checkPeriod: 300, maxKeys: 10 });
  const authenticate = createAuthenticate({
    keys,
    failures: createFailureLimit(1_000, 60),
    roles: {},
    now: () => gate.now,
    onUnparsedScopes: (_key, problem) => gate.problems.push(problem),
  });
  const outcomeOf = async (presented = secret) => {
    const result = await authenticate({ scheme: 'bearer', key: presented });
    return isDenial(result) ? result.reason : result.userId;
  };
  return Object.assign(gate, { keys, outcomeOf, authenticate });
}

/** Issues a key, and shows whom the same gate sees in it; every key comes twice, the second time from memory. */
function createIssuer() {
  const issued = new Map<string, FoundKey>();
  const source = { find: async (digest: string) => issued.get(digest) };
  const authenticate = createAuthenticate({
    keys: createKeyCache(source, { ttl: 1800, checkPeriod: 300, maxKeys: 10 }),
    failures: createFailureLimit(1_000, 60),
    roles: {},
    now: () => START,
    onUnparsedScopes: () => {},
  });
  return async (changes: Partial<ApiKey>): Promise<Principal> => {
    const key = generateKey();
    issued.set(digestOf(key), { key: { ...KEY, ...changes } });
    await authenticate({ scheme: 'bearer', key });
    const principal = await authenticate({ scheme: 'bearer', key });
    if (isDenial(principal)) throw new Error(principal.message);
    return principal;
  };
}

test('a key holds from its first millisecond to the one before its end, cached or not', async (t) => {
  const gate = createGate();
  for (const [now, outcome] of [
    [START - 1, 'not_yet_valid_key'],
    [START, 'alice'],
    [END - 1, 'alice'],
    [END, 'expired_key'],
    [START - 1, 'not_yet_valid_key'],
  ] as const) {
    gate.now = now;
    t.is(await gate.outcomeOf(), outcome, String(now - START));
  }
  t.is(gate.asked, 1);
});

test('a date that is none never holds', async (t) => {
  t.is(await createGate({ validFrom: new Date(Number.NaN) }).outcomeOf(), 'not_yet_valid_key');
  t.is(await createGate({ expiresAt: new Date(Number.NaN) }).outcomeOf(), 'expired_key');
});

test('keys of the same terms have one policy, and keys of others another one', async (t) => {
  const principalOf = createIssuer();
  const first = await principalOf({ scopes: 'query/*' });
  const second = await principalOf({ scopes: 'query/*', userId: 'bob' });
  t.is(second.userId, 'bob');
  t.is(second.policy, first.policy);
  for (const terms of [{ scopes: 'mutation/*' }, { scopes: 'query/*', ownerScopes: 'query/*' }]) {
    t.notDeepEqual((await principalOf(terms)).policy, first.policy);
  }
});

test('what cannot be one of our keys is refused without asking the store', async (t) => {
  const gate = createGate();
  t.is(await gate.outcomeOf(gate.secret.slice(0, -1)), 'unknown_key');
  t.is(await gate.outcomeOf(`${gate.secret}0`), 'unknown_key');
  t.is(gate.asked, 0);
  t.is(await gate.outcomeOf(generateKey()), 'unknown_key');
  t.is(gate.asked, 1);
});

test('scopes that do not parse are told once', async (t) => {
  const gate = createGate({ scopes: 'role:nobody' });
  await gate.outcomeOf();
  await gate.outcomeOf();
  t.is(gate.problems.length, 1);
});

test("one key's scopes never read as another key's scopes and bound", async (t) => {
  const principalOf = createIssuer();
  for (const [terms, outcome] of [
    [{ scopes: 'query/*\nmutation/*' }, 'allow'],
    [{ scopes: 'query/*', ownerScopes: 'mutation/*' }, 'deny'],
    [{ scopes: '["query/*","mutation/*"]' }, 'deny'],
  ] as const) {
    const { policy } = await principalOf(terms);
    t.is(decide(policy, { operations: ['query/x', 'mutation/x'] }).outcome, outcome);
  }
});

test('what keys may do does not fill the memory, however much that is', async (t) => {
  const scopes = Array.from({ length: 300 }, (_, at) => `mutation/do_something_to_object_${at}`);
  const issued = new Map<string, FoundKey>();
  const authenticate = createAuthenticate({
    keys: createKeyCache(
      { find: async (digest) => issued.get(digest) },
      { ttl: 1800, checkPeriod: 300, maxKeys: 10_000 },
    ),
    failures: createFailureLimit(1_000, 60),
    roles: { large: { description: '', grants: [{ scopes, why: '' }] } },
    now: () => START,
    onUnparsedScopes: () => {},
  });
  const before = await collectedHeapBytes();
  for (let at = 0; at < 6_000; at++) {
    issued.set(digestOf(`key${at}`), { key: { ...KEY, id: `k${at}`, scopes: `role:large, query/of_${at}` } });
    t.true('policy' in (await authenticate({ scheme: 'bearer', key: `key${at}` })));
  }
  const grown = (await collectedHeapBytes(before + 50_000_000)) - before;
  t.true(grown < 50_000_000, `${grown} bytes`);
  t.true('policy' in (await authenticate({ scheme: 'bearer', key: 'key0' })), 'all of it is still there');
});
