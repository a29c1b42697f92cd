import { readConfig } from '../config.ts';
import { openStore, type Store } from '../storage/open-store.ts';

/** Opens the store of the settings in the environment for as long as the work takes. */
export async function withStore<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
  // biome-ignore lint/style/noProcessEnv: the command line has no other configuration
  const store = await openStore(readConfig(process.env));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
