import { inTime } from '../faults/in-time.ts';
import type { Change, ChangeListener, InvalidationChannel } from '../key-cache/invalidation-channel.ts';
import { createRedisClient, type RedisClient } from '../key-cache/redis.ts';
import { type KeptOpen, keepOpen, type OpenConnection } from './keep-open.ts';

const CHANNEL = 'prefect-auth:changed';
const TIMEOUT_MS = 1_000;

/** Redis or Valkey pub/sub: notifications from one instance to the others. */
export function createRedisChannel(url: string, onFault: (error: unknown) => void): InvalidationChannel {
  let kept: KeptOpen | undefined;
  let publisher: RedisClient | undefined;

  async function connect(listener: ChangeListener): Promise<OpenConnection> {
    const clients = [createRedisClient(url), createRedisClient(url)] as const;
    const [subscriber, sender] = clients;
    const close = async () => {
      publisher = undefined;
      for (const client of clients) if (client.isOpen) client.destroy();
    };
    try {
      await inTime(TIMEOUT_MS, Promise.all(clients.map((client) => client.connect())));
      await inTime(
        TIMEOUT_MS,
        subscriber.subscribe(CHANNEL, (change) => listener.changed(change)),
      );
    } catch (error) {
      await close();
      throw error;
    }
    publisher = sender;
    return { check: () => inTime(TIMEOUT_MS, Promise.all(clients.map((client) => client.ping()))), close };
  }

  return {
    name: 'redis',
    listen(listener) {
      kept = keepOpen(() => connect(listener), listener, onFault);
    },
    async publish(change) {
      if (publisher === undefined) throw new Error('There is no connection to Redis.');
      await inTime(TIMEOUT_MS, publisher.publish(CHANNEL, change));
    },
    close: async () => kept?.close(),
  };
}

/** Notifies every instance of a change, for the command line, which is none. Rejects if Redis does not accept it in time. */
export async function publishOnce(url: string, change: Change): Promise<void> {
  const client = createRedisClient(url);
  try {
    await inTime(TIMEOUT_MS, client.connect());
    await inTime(TIMEOUT_MS, client.publish(CHANNEL, change));
  } finally {
    if (client.isOpen) client.destroy();
  }
}
