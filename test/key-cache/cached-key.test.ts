import test from 'ava';
import { CachedKey } from '../../src/key-cache/cached-key.ts';
import { createInterned } from '../../src/key-cache/interned.ts';
import type { ApiKey } from '../../src/keys/api-key.ts';

const common = createInterned();
const key: ApiKey = {
  id: 'a'.repeat(16),
  userId: 'alice',
  scopes: 'role:viewer',
  validFrom: new Date(0),
  expiresAt: new Date('2099-01-31T08:00:00.250Z'),
};
const keep = (changes: Partial<ApiKey> = {}) => new CachedKey({ ...key, ...changes }, common);

test('every time that a date can hold is kept to the millisecond, and one that it cannot hold is none', (t) => {
  const day = 86_400_000;
  for (const time of [0, 1, day - 1, day, -1, -day, -day - 1, 1_767_225_600_123, 8.64e15, -8.64e15, 8.64e15 + 1]) {
    const date = new Date(time);
    const kept = keep({ validFrom: date, expiresAt: date });
    t.is(kept.validFrom.getTime(), date.getTime());
    t.is(kept.expiresAt.getTime(), date.getTime());
  }
});

test('a key takes nothing over from another', (t) => {
  const variants: Partial<ApiKey>[] = [
    {},
    { ownerScopes: '' },
    { ownerScopes: 'null' },
    { ownerScopes: 'role:viewer' },
    { scopes: 'role:viewer","role:viewer', ownerScopes: '' },
    { scopes: '' },
    { revokedAt: new Date(0) },
    { revokedAt: new Date(Number.NaN) },
    { revokedAt: new Date(1), ownerScopes: 'role:viewer' },
    { userId: 'role:viewer' },
  ];
  for (const variant of [...variants, ...variants.toReversed()]) {
    const { userId, scopes, ownerScopes, revokedAt } = keep(variant);
    const { ownerScopes: bound, revokedAt: end, ...rest } = { ...key, ...variant };
    t.deepEqual(
      { userId, scopes, ownerScopes, revokedAt },
      {
        userId: rest.userId,
        scopes: rest.scopes,
        ownerScopes: bound,
        revokedAt: end,
      },
    );
  }
});

test('until it is said for how long, a key is not fresh; from then on never for longer than that', (t) => {
  const kept = keep();
  t.false(kept.isFresh(0));
  for (const until of [1, 9.5, 10, 60_000, 123_456.789, 2 ** 33]) {
    kept.freshUntil = until;
    t.true(kept.freshUntil <= until && kept.freshUntil > until - 10);
    t.true(kept.isFresh(until - 10), `before ${until}`);
    t.false(kept.isFresh(until), `at ${until}`);
  }
});
