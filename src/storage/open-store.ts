import type { Config } from '../config/settings.ts';
import type { AccountStore } from '../keys/account.ts';
import type { ApiKeyStore } from '../keys/key-store.ts';
import { createAccountStore } from './account-store.ts';
import { createApiKeyStore } from './api-key-store.ts';
import { type Database, openDatabase } from './database.ts';
import { createKeyFinder } from './find-key.ts';
import { withReplica } from './with-replica.ts';

export interface Store extends Database {
  readonly keys: ApiKeyStore;
  readonly accounts: AccountStore;
}

/** Opens the database of the settings, with the keys and accounts in it. */
export async function openStore(config: Config): Promise<Store> {
  const database = await openDatabase(config);
  const options = { isCleartextAllowed: config.ALLOW_CLEARTEXT_KEYS, timeoutMs: config.DB_TIMEOUT * 1000 };
  const primary = createKeyFinder(database.sequelize, options);
  const finder =
    database.replica === undefined ? primary : withReplica(primary, createKeyFinder(database.replica, options));
  return {
    ...database,
    keys: createApiKeyStore(database.sequelize, finder),
    accounts: createAccountStore(database.sequelize),
  };
}
