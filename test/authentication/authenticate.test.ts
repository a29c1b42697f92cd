import test from 'ava';
import type { ApiKey } from '../../src/authentication/api-key.ts';
import { createAuthenticate } from '../../src/authentication/authenticate.ts';
import { createFailureLimit } from '../../src/authentication/failure-limit.ts';
import { createKeyCache } from '../../src/authentication/key-cache.ts';
import { digestOf, generateKey } from '../../src/authentication/key-format.ts';
import { decide } from '../../src/authorization/decide.ts';
import { isDenial } from '../../src/denial.ts';

const START = Date.UTC(2026, 0, 1);
const END = Date.UTC(2027, 0, 1);

/** One key behind a cache, a clock that stands where it is put, and a count of how often the store was asked. */
function createGate(changes: Partial<ApiKey> = {}) {
  const secret = generateKey();
  const key: ApiKey = {
    id: 'k1',
    userId: 'alice',
    scopes: 'query/*',
    validFrom: new Date(START),
    expiresAt: new Date(END),
    ...changes,
  };
  const gate = { secret, now: START, asked: 0, problems: [] as string[] };
  const source = {
    async find({ digest }: { digest: string }) {
      gate.asked++;
      return digest === digestOf(secret) ? key : undefined;
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

test('a key that is in use has one principal, which is put together anew once the key is', async (t) => {
  const gate = createGate();
  const credential = { scheme: 'bearer', key: gate.secret } as const;
  const [first, second, third] = [
    await gate.authenticate(credential),
    await gate.authenticate(credential),
    await gate.authenticate(credential),
  ];
  t.deepEqual(second, first);
  t.is(third, second);
  await gate.keys.evict('k1');
  await gate.authenticate(credential);
  t.not(await gate.authenticate(credential), third);
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
  const keys = new Map<string, ApiKey>();
  const add = (changes: Partial<ApiKey>) => {
    const secret = generateKey();
    keys.set(digestOf(secret), {
      id: String(keys.size),
      userId: 'alice',
      scopes: '',
      validFrom: new Date(START),
      expiresAt: new Date(END),
      ...changes,
    });
    return secret;
  };
  const free = add({ scopes: 'query/*\nmutation/*' });
  const bound = add({ scopes: 'query/*', ownerScopes: 'mutation/*' });
  const source = { find: async ({ digest }: { digest: string }) => keys.get(digest) };
  const authenticate = createAuthenticate({
    keys: createKeyCache(source, { ttl: 1800, checkPeriod: 300, maxKeys: 10, staleIfError: 0 }),
    failures: createFailureLimit(1_000, 60),
    roles: {},
    now: () => START,
    onUnparsedScopes: () => t.fail(),
  });
  for (const [secret, outcome] of [
    [free, 'allow'],
    [bound, 'deny'],
  ] as const) {
    const principal = await authenticate({ scheme: 'bearer', key: secret });
    if (isDenial(principal)) return t.fail(principal.message);
    t.is(decide(principal.policy, { operations: ['query/x', 'mutation/x'] }).outcome, outcome);
  }
});
