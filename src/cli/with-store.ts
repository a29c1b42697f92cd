import { readConfig } from '../config/read-config.ts';
import { EVERYTHING } from '../key-cache/invalidation-channel.ts';
import { createManageAccounts, type ManageAccounts } from '../keys/manage-accounts.ts';
import { createManageKeys, type ManageKeys } from '../keys/manage-keys.ts';
import { openStore, type Store } from '../storage/open-store.ts';
import { announce } from './announce.ts';

/** Changes keys and accounts, and notifies the running instances. */
export interface Manage {
  readonly keys: ManageKeys;
  readonly accounts: ManageAccounts;
}

/** Opens the configured store, and closes it when the work is done. */
export async function withStore<Result>(work: (store: Store, manage: Manage) => Promise<Result>): Promise<Result> {
  // biome-ignore lint/style/noProcessEnv: the command line has no other configuration
  const config = readConfig(process.env);
  const store = await openStore(config);
  try {
    return await work(store, {
      keys: createManageKeys(store.keys, { notify: (keyId) => announce(config, keyId) }),
      accounts: createManageAccounts(store.accounts, () => announce(config, EVERYTHING)),
    });
  } finally {
    await store.close();
  }
}
