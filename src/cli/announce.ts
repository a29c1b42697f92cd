import type { Config } from '../config/settings.ts';
import type { Change } from '../key-cache/invalidation-channel.ts';
import { printError } from './print.ts';

/** Tells the instances of what was changed, where they share a Redis. The database tells them too, which can take longer. */
export async function announce({ REDIS_URL }: Config, change: Change): Promise<void> {
  if (REDIS_URL === undefined) return;
  // Its client takes a while to load, which is spared where there is no Redis.
  const { publishOnce } = await import('../invalidation/redis-channel.ts');
  try {
    await publishOnce(REDIS_URL, change);
  } catch {
    printError(
      'Redis (REDIS_URL) did not take word of this change, which is made: instances notice it in the database.\n',
    );
  }
}
