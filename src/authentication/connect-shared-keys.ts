import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import { createRedisClient } from '../redis.ts';
import { createSharedKeys, type SharedKeys } from './shared-keys.ts';

const NAMESPACE = 'prefect-auth';
const RECONNECT_MS = 500;

/** @param ttlMs for how long a key is shared */
export function connectSharedKeys(url: string, ttlMs: number, onFault: (error: unknown) => void): SharedKeys {
  const client = createRedisClient(url, RECONNECT_MS);
  client.connect().catch(onFault);
  const store = new KeyvRedis(client, { namespace: NAMESPACE });
  const keyv = new Keyv({ store, namespace: NAMESPACE, useKeyPrefix: false, ttl: ttlMs });
  return {
    ...createSharedKeys(keyv, onFault),
    // Keyv would wait for answers that a Redis which hangs never gives.
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}
