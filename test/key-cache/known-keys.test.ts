import test from 'ava';
import { createKnownKeys } from '../../src/key-cache/known-keys.ts';
import { packDigest } from '../../src/keys/key-format.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const DIGEST = packDigest('a'.repeat(64));
const key = {
  id: 'a'.repeat(16),
  userId: 'alice',
  scopes: 'role:viewer',
  validFrom: new Date(1_000.5),
  expiresAt: new Date('2099-01-31T08:00:00.250Z'),
};

test('a key is kept as it was found, to the millisecond', async (t) => {
  const known = createKnownKeys(10, 0, createFakeClock());
  await known.keep(DIGEST, { ...key, revokedAt: new Date(5), ownerScopes: 'query/*' }, 60_000, known.generation);
  const kept = known.fresh(DIGEST);
  t.deepEqual(
    [kept?.id, kept?.userId, kept?.scopes, kept?.validFrom, kept?.expiresAt, kept?.revokedAt, kept?.ownerScopes],
    [key.id, 'alice', 'role:viewer', key.validFrom, key.expiresAt, new Date(5), 'query/*'],
  );
});

test('a key that nothing revoked or bounds stays one, and a time that is none stays none', async (t) => {
  const known = createKnownKeys(10, 0, createFakeClock());
  await known.keep(DIGEST, { ...key, validFrom: new Date(Number.NaN) }, 60_000, known.generation);
  const kept = known.fresh(DIGEST);
  t.is(kept?.revokedAt, undefined);
  t.is(kept?.ownerScopes, undefined);
  t.true(Number.isNaN(kept?.validFrom.getTime()));
});

test('a key that is in doubt is stale for its time, and then outlived', async (t) => {
  const known = createKnownKeys(10, 60_000, createFakeClock());
  await known.keep(DIGEST, key, 60_000, known.generation);
  known.doubtAll();
  t.is(known.fresh(DIGEST), undefined);
  t.is(known.stale(DIGEST)?.id, key.id);
  known.removeOutlived();
  t.is(known.list().length, 1);

  const brief = createKnownKeys(10, 0, createFakeClock());
  await brief.keep(DIGEST, key, 60_000, brief.generation);
  brief.doubtAll();
  t.is(brief.stale(DIGEST), undefined);
  brief.removeOutlived();
  t.is(brief.list().length, 0);
});

test('a change that is told while Keyv holds a write back has the last word', async (t) => {
  const known = createKnownKeys(10, 60_000, createFakeClock());
  const change = { 'a key': () => known.forget(DIGEST), 'another key': () => known.forget('b'), any: known.doubtAll };
  for (const [what, tell] of Object.entries(change)) {
    const writing = known.keep(DIGEST, key, 60_000, known.generation);
    tell();
    await writing;
    t.is(known.stale(DIGEST), undefined, what);
    t.is(await known.find(DIGEST), undefined, what);
  }
});

test('what was read out of memory before a change is not handed on after it', async (t) => {
  const known = createKnownKeys(10, 60_000, createFakeClock());
  await known.keep(DIGEST, key, 60_000, known.generation);
  const reading = known.find(DIGEST);
  known.forget(DIGEST);
  t.is(await reading, undefined);
});

test('a key that may not be used for any time is not kept', async (t) => {
  const known = createKnownKeys(10, 0, createFakeClock());
  await known.keep(DIGEST, key, 0, known.generation);
  t.deepEqual(known.list(), []);
});

test.serial('a clock that is set back prolongs nothing, and one that is set forward ends nothing', async (t) => {
  const clock = createFakeClock();
  const known = createKnownKeys(10, 20, clock);
  const now = Date.now;
  try {
    for (const shiftMs of [-3_600_000, 3_600_000]) {
      Date.now = now;
      await known.keep(DIGEST, key, 20, known.generation);
      Date.now = () => now() + shiftMs;
      t.is((await known.find(DIGEST))?.id, key.id);
      clock.advance(40);
      t.is(await known.find(DIGEST), undefined);
      t.is(known.stale(DIGEST), undefined);
    }
  } finally {
    Date.now = now;
  }
});

test('digests are kept packed, and told as they came', async (t) => {
  const known = createKnownKeys(10, 0, createFakeClock());
  await known.keep(DIGEST, key, 60_000, known.generation);
  t.is(DIGEST.length, 32);
  t.deepEqual(
    known.list().map(({ digest }) => digest),
    ['a'.repeat(64)],
  );
  t.deepEqual(known.forget('b'.repeat(64)), []);
  t.deepEqual(known.forget('a'.repeat(64)), [DIGEST]);
  t.deepEqual(known.list(), []);
});

test('when the use of a key was noted is kept with it, also when it is read anew', async (t) => {
  const known = createKnownKeys(10, 60_000, createFakeClock());
  await known.keep(DIGEST, key, 60_000, known.generation);
  const first = await known.find(DIGEST);
  t.is(first?.notedAt, 0);
  if (first !== undefined) first.notedAt = 5;
  await known.keep(DIGEST, key, 60_000, known.generation);
  t.is((await known.find(DIGEST))?.notedAt, 5);
});
