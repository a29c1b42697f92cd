import { readFileSync } from 'node:fs';
import test from 'ava';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import type { KeyProblem } from '../../src/keys/key-problem.ts';
import type { NewApiKey } from '../../src/keys/key-store.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { startDatabases, type TestDatabase } from '../support/service/stores.ts';

// This process is in a zone, and its databases are in two others.
process.env.TZ = 'America/New_York';

const HOUR = 3_600_000;
const now = new Date('2026-11-22T12:00:00.123Z');

let databases: TestDatabase[] = [];
const stores = new Map<TestDatabase, Store>();

test.before(async () => {
  databases = await startDatabases();
  for (const database of databases) {
    if (database.server !== undefined) {
      await database.sql(readFileSync(new URL(`../../data/${database.dialect}/db_init.sql`, import.meta.url), 'utf8'));
    }
    stores.set(database, await database.open());
  }
});

test.after.always(async () => {
  for (const store of stores.values()) await store.close();
  for (const database of databases) await database.stop();
});

/** One contract, run against each of the databases. */
function contract(
  title: string,
  run: (t: import('ava').ExecutionContext, store: Store, database: TestDatabase) => Promise<void>,
) {
  test.serial(title, async (t) => {
    for (const [database, store] of stores) {
      await t.notThrowsAsync(run(t, store, database), `${title}: ${database.name}`);
    }
  });
}

function newKey(change: Partial<NewApiKey> = {}): NewApiKey {
  return {
    userId: 'alice',
    scopes: 'query/*',
    validFrom: new Date(now.getTime() - HOUR),
    expiresAt: new Date(Date.now() + HOUR),
    issuedBy: 'test',
    ...change,
  };
}

async function issue(store: Store, change: Partial<NewApiKey> = {}) {
  const key = generateKey();
  return { key, ...(await store.keys.insert(newKey(change), digestOf(key))) };
}

const find = async (store: Store, secret: string) => (await store.keys.find(digestOf(secret)))?.key;

async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return (error as KeyProblem).code ?? (error as Error).message;
  }
}

const insertInClear = (database: TestDatabase, user: string, key: string) =>
  database.sql(`INSERT INTO prefect_api_keys
    (user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by) VALUES
    ('${user}', 'query/*', '${key}', '2026-01-01 00:00:00', '2036-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'sql', 'sql')`);

contract('a key is found by its digest and comes back as it was given', async (t, store) => {
  const validFrom = new Date('2026-03-29T01:30:00.500Z');
  const expiresAt = new Date('2027-10-31T01:30:00.250Z');
  const { key, id } = await issue(store, { userId: 'åsa', scopes: 'role:viewer, !query/read_*', validFrom, expiresAt });
  const found = await find(store, key);
  t.deepEqual(found, { id, userId: 'åsa', scopes: 'role:viewer, !query/read_*', validFrom, expiresAt });
});

contract('a key in clear is found to the letter only', async (t, store, database) => {
  await insertInClear(database, 'clear', 'SampleKey_1');
  t.is((await find(store, 'SampleKey_1'))?.userId, 'clear');
  for (const other of [
    'samplekey_1',
    'SAMPLEKEY_1',
    'SampleKey_1 ',
    ' SampleKey_1',
    'SampleKey%',
    'SampleKeyx1',
    'SampleKey_',
    'ŞampleKey_1',
  ])
    t.is(await find(store, other), undefined, `${database.name}: ${other}`);
});

contract(
  'no key is found by what the table holds of it, nor by another form of its digest',
  async (t, store, database) => {
    const { key } = await issue(store);
    const digest = digestOf(key);
    for (const other of [
      digest,
      `sha256:${digest}`,
      `SHA256:${digest}`,
      `sha256:${digest.toUpperCase()}`,
      `sha256:${digest} `,
    ])
      t.is(await find(store, other), undefined, `${database.name}: ${other}`);
  },
);

contract('keys in clear can be forbidden, and are counted', async (t, store, database) => {
  const before = await store.keys.countCleartext();
  await insertInClear(database, 'counted', 'zCounted1');
  await insertInClear(database, 'counted', 'ACounted2');
  await issue(store);
  t.is(await store.keys.countCleartext(), before + 2, database.name);
  const strict = await database.open({ ALLOW_CLEARTEXT_KEYS: 'false' });
  t.is(await find(strict, 'zCounted1'), undefined);
  const { key } = await issue(store);
  t.truthy(await find(strict, key));
  await strict.close();
});

contract('text from people is stored as it is, or refused by name', async (t, store, database) => {
  const awkward = [
    "O'Brien",
    'a"b',
    'back\\slash',
    "\\' OR 1=1 -- ",
    '; DROP TABLE prefect_api_keys; --',
    '%_',
    '😀 emoji',
    '日本語',
    'a$1b:forms?c',
    '\u00e9',
    'e\u0301',
  ];
  for (const userId of awkward.map((text) => text.trim())) {
    const { key, id } = await issue(store, { userId, description: userId, issuedBy: userId });
    t.is((await find(store, key))?.userId, userId, `${database.name}: ${userId}`);
    t.like(await store.keys.get(id), { description: userId, createdBy: userId, updatedBy: userId });
    const { keys } = await store.keys.list({ userId, limit: 10 }, now);
    t.deepEqual(
      keys.map((key) => key.id),
      [id],
      `${database.name}: ${userId}`,
    );
  }
  const refused: Partial<NewApiKey>[] = [
    { userId: '' },
    { userId: ' alice' },
    { userId: 'alice ' },
    { userId: 'a\0b' },
    { userId: 'a\nb' },
    { userId: '\ud83d' },
    { userId: 'x'.repeat(129) },
    { scopes: 'x'.repeat(2001) },
    { description: '😀'.repeat(501) },
    { description: '\u0007' },
    { issuedBy: 'x'.repeat(129) },
    { validFrom: now, expiresAt: now },
    { expiresAt: new Date(Number.NaN) },
  ];
  for (const change of refused)
    t.is(await problemOf(issue(store, change)), 'invalid', JSON.stringify(change).slice(0, 60));
  const { id } = await issue(store, {
    userId: '😀'.repeat(128),
    description: '😀'.repeat(500),
    scopes: 'x'.repeat(2000),
  });
  t.is((await store.keys.get(id)).userId, '😀'.repeat(128));
});

contract('a presented key that holds SQL finds nothing and breaks nothing', async (t, store, database) => {
  const { key } = await issue(store);
  for (const secret of [
    "'",
    "\\'",
    "\\'/**/OR/**/1=1#",
    "'/**/OR/**/'1'='1",
    "';DELETE/**/FROM/**/prefect_api_keys;--",
    ':forms',
    '$1',
    '?',
    'x'.repeat(512),
  ])
    t.is(await find(store, secret), undefined, `${database.name}: ${secret}`);
  t.truthy(await find(store, key));
});

contract('a revoked key says so, for good', async (t, store) => {
  const { key, id } = await issue(store);
  const at = new Date();
  t.is((await store.keys.revoke(id, at, 'bob')).updatedBy, 'bob');
  const found = await find(store, key);
  t.deepEqual([found?.revokedAt, found?.expiresAt], [at, at]);
  await store.keys.revoke(id, new Date(at.getTime() + HOUR), 'carol');
  t.deepEqual((await find(store, key))?.revokedAt, at);
  t.is(await problemOf(store.keys.revoke('nothing', at, 'bob')), 'not_found');
  t.is(
    await problemOf(
      store.keys.rotate(
        id,
        { now: at, oldEndsAt: at, expiresAt: new Date(at.getTime() + HOUR), rotatedBy: 'bob' },
        digestOf('x'),
      ),
    ),
    'conflict',
  );
});

contract('a rotated key lives on for its grace, and has one successor', async (t, store, database) => {
  const old = await issue(store, { description: 'laptop' });
  const time = new Date();
  const rotation = {
    now: time,
    oldEndsAt: new Date(time.getTime() + 60_000),
    expiresAt: new Date(time.getTime() + 2 * HOUR),
    rotatedBy: 'alice',
  };
  const keys = Array.from({ length: 4 }, generateKey);
  const outcomes = await Promise.all(keys.map((key) => problemOf(store.keys.rotate(old.id, rotation, digestOf(key)))));
  t.deepEqual(outcomes.toSorted(), ['conflict', 'conflict', 'conflict', 'none'], database.name);
  const found = await Promise.all(keys.map((key) => find(store, key)));
  t.is(found.filter(Boolean).length, 1);
  const successor = found.find(Boolean);
  t.like(successor, { userId: 'alice', scopes: 'query/*', validFrom: time, expiresAt: rotation.expiresAt });
  t.like(await store.keys.get(successor?.id ?? ''), { description: 'laptop', createdBy: 'alice' });
  t.deepEqual((await find(store, old.key))?.expiresAt, rotation.oldEndsAt);
  t.is((await store.keys.get(old.id)).replacedBy, successor?.id);
});

contract('a grace does not lengthen the life of the old key', async (t, store) => {
  const old = await issue(store);
  const time = new Date();
  const far = new Date(time.getTime() + 100 * HOUR);
  await store.keys.rotate(
    old.id,
    { now: time, oldEndsAt: far, expiresAt: far, rotatedBy: 'alice' },
    digestOf(generateKey()),
  );
  t.deepEqual((await find(store, old.key))?.expiresAt, old.expiresAt);
});

contract('what a user may do bounds every key of that user, at once', async (t, store) => {
  const { key } = await issue(store, { userId: 'bounded' });
  t.is((await find(store, key))?.ownerScopes, undefined);
  await store.accounts.set({ userId: 'bounded', kind: 'user', scopes: 'role:viewer', description: 'd' }, 'admin');
  t.is((await find(store, key))?.ownerScopes, 'role:viewer');
  await store.accounts.set({ userId: 'bounded', kind: 'user', description: '' }, 'admin');
  t.is((await find(store, key))?.ownerScopes, undefined);
  t.deepEqual(await store.accounts.get('bounded'), { userId: 'bounded', kind: 'user', description: '' });
  t.is(await store.accounts.get('Bounded'), undefined);
  t.is(await store.accounts.remove('bounded', new Date(), 'admin'), 1);
  t.truthy((await find(store, key))?.revokedAt);
  t.is(await problemOf(store.accounts.remove('bounded', new Date(), 'admin')), 'not_found');
});

contract('an import gives a service account no second key', async (t, store) => {
  await store.accounts.set({ userId: 'imported robot', kind: 'service_account', description: '' }, 'admin');
  const brought = (change: Partial<NewApiKey> = {}) => {
    const secret = generateKey();
    return { ...newKey({ userId: 'imported robot', ...change }), secret, digest: digestOf(secret) };
  };
  const first = brought();
  t.is(await problemOf(store.keys.insertMissing([first, brought()])), 'conflict', 'two at once');
  t.is(await find(store, first.secret), undefined, 'all or none');
  t.is(await store.keys.insertMissing([first]), 1);
  t.is(await store.keys.insertMissing([first]), 0, 'its one key, again');
  const other = brought({ userId: 'imported person' });
  t.is(await problemOf(store.keys.insertMissing([other, brought()])), 'conflict', 'one more');
  t.is(await find(store, other.secret), undefined, 'all or none');
  t.is(await store.keys.insertMissing([brought({ expiresAt: new Date(now.getTime() - 1) })]), 1, 'one that has ended');
  t.is(await store.keys.insertMissing([other, brought({ userId: 'imported person' })]), 2, 'a user has any number');
});

contract('a service account has one key, and another only in its place', async (t, store, database) => {
  await store.accounts.set({ userId: 'robot', kind: 'service_account', description: '' }, 'admin');
  const outcomes = await Promise.all([1, 2, 3].map(() => problemOf(issue(store, { userId: 'robot' }))));
  t.deepEqual(outcomes.toSorted(), ['conflict', 'conflict', 'none'], database.name);
  const time = new Date();
  const page = await store.keys.list({ userId: 'robot', limit: 10 }, time);
  const rotation = {
    now: time,
    oldEndsAt: new Date(time.getTime() + HOUR),
    expiresAt: new Date(time.getTime() + HOUR),
    rotatedBy: 'robot',
  };
  await store.keys.rotate(page.keys[0]?.id ?? '', rotation, digestOf(generateKey()));
  t.is(await problemOf(issue(store, { userId: 'robot' })), 'conflict');
  for (const key of (await store.keys.list({ userId: 'robot', limit: 10 }, time)).keys)
    await store.keys.revoke(key.id, new Date(), 'admin');
  await issue(store, { userId: 'robot' });
});

contract('lists come in pages, and by what they are asked for', async (t, store, database) => {
  const userId = 'pages';
  const ids: string[] = [];
  for (let count = 0; count < 7; count++) ids.push((await issue(store, { userId })).id);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.keys.list({ userId, limit: 3, ...(after && { after }) }, now);
    t.true(page.keys.length <= 3);
    seen.push(...page.keys.map((key) => key.id));
    after = page.next;
  } while (after !== undefined);
  t.deepEqual(seen, ids.toSorted(), database.name);
  t.is(await problemOf(store.keys.list({ limit: 3, after: 'nonsense' }, now)), 'invalid');

  const time = new Date();
  const soon = await issue(store, { userId, expiresAt: new Date(time.getTime() + 60_000) });
  const ended = await issue(store, { userId, expiresAt: new Date(time.getTime() - 60_000) });
  const expiring = await store.keys.list(
    { userId, limit: 100, expiresBefore: new Date(time.getTime() + 120_000) },
    time,
  );
  t.deepEqual(
    expiring.keys.map((key) => key.id),
    [soon.id],
    database.name,
  );
  t.true((await store.keys.list({ userId, limit: 100 }, time)).keys.some((key) => key.id === ended.id));
});

contract('the last use is noted at most every five minutes', async (t, store, database) => {
  const { id } = await issue(store, { userId: 'used' });
  const idle = await issue(store, { userId: 'used' });
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  const first = minutes(0);
  await store.keys.markUsed([id, 'unknown'], first, minutes(-5));
  await store.keys.markUsed([id], minutes(4), minutes(-1));
  t.deepEqual((await store.keys.get(id)).lastUsedAt, first, database.name);
  const { updatedAt } = await store.keys.get(id);
  await store.keys.markUsed([id], minutes(6), minutes(1));
  t.true(((await store.keys.get(id)).lastUsedAt ?? first) > first);
  t.deepEqual((await store.keys.get(id)).updatedAt, updatedAt, 'a use is no change of the key');
  const unused = await store.keys.list({ userId: 'used', unusedSince: minutes(5), limit: 10 }, now);
  t.deepEqual(
    unused.keys.map((key) => key.id),
    [idle.id],
  );
  t.is((await store.keys.list({ userId: 'used', unusedSince: minutes(-60), limit: 10 }, now)).keys.length, 0);
});
