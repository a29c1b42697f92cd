import type { Config } from '../config.ts';
import { type AccountStore, createAccountStore } from './account-store.ts';
import { type ApiKeyStore, createApiKeyStore } from './api-key-store.ts';
import { type Database, openDatabase } from './database.ts';

export interface Store extends Database {
  readonly keys: ApiKeyStore;
  readonly accounts: AccountStore;
}

/** The database of the settings, and what is kept in it. */
export async function openStore(config: Config): Promise<Store> {
  const database = await openDatabase(config);
  return {
    ...database,
    keys: createApiKeyStore(database.sequelize, {
      isCleartextAllowed: config.ALLOW_CLEARTEXT_KEYS,
      timeoutMs: config.DB_TIMEOUT * 1000,
    }),
    accounts: createAccountStore(database.sequelize),
  };
}
