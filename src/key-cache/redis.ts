import { createClient } from '@keyv/redis';

export type RedisClient = ReturnType<typeof createRedisClient>;

/** A client for Redis or Valkey that is not connected yet. While it is cut off, its commands fail immediately instead of waiting. */
export function createRedisClient(url: string, reconnectMs?: number) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 1_000, reconnectStrategy: () => reconnectMs ?? false },
  });
  // Every failed command rejects by itself; an error event without a listener would end the process.
  client.on('error', () => {});
  return client;
}
