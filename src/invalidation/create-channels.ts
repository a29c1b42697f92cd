import type { Config } from '../config/settings.ts';
import type { InvalidationChannel } from '../key-cache/invalidation-channel.ts';
import type { Database } from '../storage/database.ts';
import { createPollingChannel } from './polling-channel.ts';
import { createPostgresChannel } from './postgres-channel.ts';

/** The database notifies of what was changed in it. Redis, if there is one, also notifies of what operators asked for. */
export async function createChannels(
  config: Config,
  database: Database,
  onFault: (channel: string, error: unknown) => void,
): Promise<InvalidationChannel[]> {
  const faultsOf = (channel: string) => (error: unknown) => onFault(channel, error);
  const ofDatabase =
    database.connection === undefined
      ? createPollingChannel(database.sequelize, config.CACHE_POLL_INTERVAL * 1000, faultsOf('poll'))
      : createPostgresChannel(database.connection, faultsOf('postgres'));
  if (config.REDIS_URL === undefined) return [ofDatabase];
  // Imported only if it is needed: the client of Redis takes memory.
  const { createRedisChannel } = await import('./redis-channel.ts');
  return [ofDatabase, createRedisChannel(config.REDIS_URL, faultsOf('redis'))];
}
