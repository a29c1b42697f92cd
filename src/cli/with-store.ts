import { readConfig } from '../config.ts';
import { defineApiKeyModel } from '../storage/api-key-model.ts';
import { type ApiKeyStore, createApiKeyStore } from '../storage/api-key-store.ts';
import { openDatabase } from '../storage/database.ts';

/** Opens the store of the settings in the environment for as long as the work takes. */
export async function withStore<Result>(work: (store: ApiKeyStore) => Promise<Result>): Promise<Result> {
  // biome-ignore lint/style/noProcessEnv: the command line has no other configuration
  const database = await openDatabase(readConfig(process.env));
  try {
    return await work(createApiKeyStore(defineApiKeyModel(database.sequelize)));
  } finally {
    await database.close();
  }
}
