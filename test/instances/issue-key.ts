import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import type { TestDatabase } from '../support/service/stores.ts';

/** Prepares the tables, and puts a key into them, for every request where nothing else is said. */
export async function issueKey(database: TestDatabase, scopes = '*'): Promise<string> {
  const store = await database.open();
  await prepareTables(store.sequelize);
  const key = generateKey();
  const validity = { validFrom: new Date(0), expiresAt: new Date(Date.now() + 3_600_000) };
  await store.keys.insert({ userId: 'alice', scopes, ...validity, issuedBy: 'test' }, digestOf(key));
  await store.close();
  return key;
}
