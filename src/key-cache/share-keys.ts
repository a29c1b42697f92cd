import type { SharedKeys, SharedKeysObserver } from './shared-keys.ts';

/** The options with which the cache shares its keys with other instances; empty without Redis. */
export async function shareKeys(
  redisUrl: string | undefined,
  ttlMs: number,
  observer: SharedKeysObserver,
): Promise<{ shared?: SharedKeys }> {
  if (redisUrl === undefined) return {};
  // Imported only if it is needed: the client of Redis takes memory.
  const { connectSharedKeys } = await import('./connect-shared-keys.ts');
  return { shared: connectSharedKeys(redisUrl, { ttlMs }, observer) };
}
