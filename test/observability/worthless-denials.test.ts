import test from 'ava';
import roles from '../../data/roles.json' with { type: 'json' };
import { countWorthlessDenials } from '../../src/observability/worthless-denials.ts';
import { keyIdOfDigest } from '../../src/storage/stored-key.ts';
import { startService } from '../support/service/service.ts';

test('many different denials are counted while the service goes on', async (t) => {
  const { service, stop } = await startService();
  t.teardown(stop);
  const terms = { userId: 'alice', validFrom: new Date(0), expiresAt: new Date('2099-01-01'), issuedBy: 'test' };
  const keys = Array.from({ length: 40 }, (_, at) => ({
    ...terms,
    digest: at.toString(16).padStart(16, '0').padEnd(64, '0'),
    scopes: `role:runner !mutation/bulk_* ${Array.from({ length: 90 }, (_, i) => `!*/*x${at}y${i}`).join(' ')}`,
  }));
  t.is(new Set(keys.map(({ digest }) => keyIdOfDigest(digest))).size, keys.length);
  await service.store.insertMissing(keys);

  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  const store = { keys: service.store, accounts: service.accounts };
  t.is(await countWorthlessDenials(store, roles), keys.length);
  clearInterval(counting);
  t.true(turns > 10, `others had ${turns} turns`);
});
