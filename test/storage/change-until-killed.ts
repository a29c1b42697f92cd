import { readConfig } from '../../src/config/read-config.ts';
import { createManageKeys } from '../../src/keys/manage-keys.ts';
import { digestCleartextKeys, prepareTables } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';

/** Run as a program of its own, which a test kills: makes one change after the other, and says when it begins. */
const store = await openStore(readConfig(process.env));
const manage = createManageKeys(store.keys, { notify: async () => {} });
const what = process.argv[2];
if (what === 'migrate') process.stdout.write('begins\n');
if (what === 'migrate') {
  await prepareTables(store.sequelize);
  await digestCleartextKeys(store.sequelize);
  process.stdout.write('done\n');
  await store.close();
} else {
  const issue = async () => {
    const now = Date.now();
    const request = {
      userId: 'killed',
      scopes: 'query/*',
      validFrom: new Date(now),
      expiresAt: new Date(now + 3_600_000),
    };
    return (await manage.create({ ...request, issuedBy: 'test' })).apiKey.id;
  };
  let id = await issue();
  process.stdout.write('begins\n');
  for (;;) {
    id =
      what === 'create'
        ? await issue()
        : (await manage.rotate(id, { now: new Date(), graceMs: 60_000, rotatedBy: 'test' })).apiKey.id;
  }
}
