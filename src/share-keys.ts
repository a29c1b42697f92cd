import type { SharedKeys, SharedKeysObserver } from './authentication/shared-keys.ts';
import type { Config } from './config.ts';

/** What the cache needs to share its keys with other instances; nothing without Redis. */
export async function shareKeys(config: Config, observer: SharedKeysObserver): Promise<{ shared?: SharedKeys }> {
  if (config.REDIS_URL === undefined) return {};
  // Its client takes memory, which is spared where there is no Redis.
  const { connectSharedKeys } = await import('./authentication/connect-shared-keys.ts');
  return { shared: connectSharedKeys(config.REDIS_URL, { ttlMs: config.CACHE_TTL * 1000 }, observer) };
}
