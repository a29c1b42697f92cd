import test from 'ava';
import { createKnownKeys } from '../../src/authentication/known-keys.ts';

const DIGEST = 'a'.repeat(64);
const key = {
  id: 'a'.repeat(16),
  userId: 'alice',
  scopes: 'role:viewer',
  validFrom: new Date(1_000.5),
  expiresAt: new Date('2099-01-31T08:00:00.250Z'),
};

test('a key is kept as it was found, to the millisecond', (t) => {
  const known = createKnownKeys(10, 0);
  known.remember(DIGEST, { ...key, revokedAt: new Date(5), ownerScopes: 'query/*' }, 60_000);
  const kept = known.fresh(DIGEST);
  t.deepEqual(
    [kept?.id, kept?.userId, kept?.scopes, kept?.validFrom, kept?.expiresAt, kept?.revokedAt, kept?.ownerScopes],
    [key.id, 'alice', 'role:viewer', key.validFrom, key.expiresAt, new Date(5), 'query/*'],
  );
});

test('a key that nothing revoked or bounds stays one, and a time that is none stays none', (t) => {
  const known = createKnownKeys(10, 0);
  known.remember(DIGEST, { ...key, validFrom: new Date(Number.NaN) }, 60_000);
  const kept = known.fresh(DIGEST);
  t.is(kept?.revokedAt, undefined);
  t.is(kept?.ownerScopes, undefined);
  t.true(Number.isNaN(kept?.validFrom.getTime()));
});

test('a key that is in doubt is stale for its time, and then outlived', (t) => {
  const known = createKnownKeys(10, 60_000);
  known.remember(DIGEST, key, 60_000);
  known.doubtAll();
  t.is(known.fresh(DIGEST), undefined);
  t.is(known.stale(DIGEST)?.id, key.id);
  known.removeOutlived();
  t.is(known.list().length, 1);

  const brief = createKnownKeys(10, 0);
  brief.remember(DIGEST, key, 60_000);
  brief.doubtAll();
  t.is(brief.stale(DIGEST), undefined);
  brief.removeOutlived();
  t.is(brief.list().length, 0);
});
