import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import type { Clock } from '../time/clock.ts';
import { createRedisClient } from './redis.ts';
import { createSharedKeys, type SharedKeys, type SharedKeysObserver } from './shared-keys.ts';

const NAMESPACE = 'prefect-auth';
const RECONNECT_MS = 500;
/** By then the store itself would have answered. */
const TIMEOUT_MS = 200;

export interface ConnectionOptions {
  /** For how long a key is shared. */
  readonly ttlMs: number;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

export function connectSharedKeys(
  url: string,
  { ttlMs, timeoutMs = TIMEOUT_MS, clock = performance }: ConnectionOptions,
  observer: SharedKeysObserver,
): SharedKeys {
  const client = createRedisClient(url, RECONNECT_MS);
  const connected = client.connect();
  connected.catch(observer.failed);
  const store = new KeyvRedis(client, { namespace: NAMESPACE, throwOnErrors: true });
  const keyv = new Keyv({ store, namespace: NAMESPACE, useKeyPrefix: false, ttl: ttlMs });
  return {
    ...createSharedKeys(keyv, { timeoutMs, connected, clock }, observer),
    // Keyv's own way to disconnect would wait for a Redis that hangs.
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}
