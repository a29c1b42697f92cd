import type { Config } from '../config/settings.ts';
import type { Change } from '../key-cache/invalidation-channel.ts';
import { printError } from './print.ts';

/** Notifies the instances of a change, if they share a Redis. The database notifies them too, which can take longer. */
export async function announce({ REDIS_URL }: Config, change: Change): Promise<void> {
  if (REDIS_URL === undefined) return;
  // The client takes a while to load, so it is loaded only if there is a Redis.
  const { publishOnce } = await import('../invalidation/redis-channel.ts');
  try {
    await publishOnce(REDIS_URL, change);
  } catch {
    printError(
      'Redis (REDIS_URL) did not take word of this change, which is made: instances notice it in the database.\n',
    );
  }
}
