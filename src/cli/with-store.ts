import { readConfig } from '../config/config.ts';
import type { Change } from '../key-cache/invalidation-channel.ts';
import { openStore, type Store } from '../storage/open-store.ts';
import { announce } from './announce.ts';

/**
 * Opens the store of the settings in the environment for as long as the work takes.
 *
 * @param work is given what tells the running instances of a change, once that is made
 */
export async function withStore<Result>(
  work: (store: Store, tell: (change: Change) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  // biome-ignore lint/style/noProcessEnv: the command line has no other configuration
  const config = readConfig(process.env);
  const store = await openStore(config);
  try {
    return await work(store, (change) => announce(config, change));
  } finally {
    await store.close();
  }
}
