import { type Authenticate, createAuthenticate } from '../authentication/authenticate.ts';
import { createFailureLimit } from '../authentication/failure-limit.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import type { Config } from '../config/settings.ts';
import { createChannels } from '../invalidation/create-channels.ts';
import { createFairSource } from '../key-cache/fair-source.ts';
import { createKeyCache, type KeyCache } from '../key-cache/key-cache.ts';
import type { KeyCacheOptions } from '../key-cache/key-cache-options.ts';
import { shareKeys } from '../key-cache/share-keys.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import { createOutages } from '../observability/outages.ts';
import type { LineStream } from '../output/line-stream.ts';
import { createLastUsed, type LastUsed } from '../storage/last-used.ts';
import type { Store } from '../storage/open-store.ts';

/**
 * How long a key that is not known yet waits to be looked up, in milliseconds. nginx waits for five seconds, and the database takes
 * three of them.
 */
const LOOKUP_WAIT_MS = 2_000;

interface KeysDependencies {
  readonly logger: Logger;
  readonly lines: LineStream;
  /** Replaces the service's own times in tests. */
  readonly timing: Pick<KeyCacheOptions, 'settlingMs'>;
}

export interface Keys {
  readonly cache: KeyCache;
  readonly authenticate: Authenticate;
  readonly lastUsed: LastUsed;
  readonly metrics: Metrics;
  /** Whether each channel of change notifications is open. */
  readonly channels: ReadonlyMap<string, boolean>;
}

/** Wires the way from a client's key to its principal: the store, the cache before it, and the channels that notify the cache. */
export async function wireKeys(
  config: Config,
  store: Store,
  roles: RoleDefinitions,
  { logger, lines, timing }: KeysDependencies,
): Promise<Keys> {
  const outages = createOutages(logger);
  const nameOf = (channel: string) => `Word of changed keys by ${channel}`;
  const invalidation = await createChannels(config, store, (name, error) => outages.failed(nameOf(name), error));
  const channels = new Map(invalidation.map(({ name }) => [name, false]));
  const metrics = createMetrics(channels, lines);
  const source = createFairSource(
    { find: (digest) => metrics.timed(store.keys.find(digest)) },
    { slots: store.isEmbedded ? 1 : Math.ceil(config.DB_POOL_SIZE / 2), waitMs: LOOKUP_WAIT_MS },
  );
  const cache = createKeyCache(source, {
    ttl: config.CACHE_TTL,
    checkPeriod: config.CACHE_CHECK_PERIOD,
    maxKeys: config.CACHE_MAX_KEYS,
    staleIfError: config.STALE_IF_ERROR,
    channels: invalidation,
    ...timing,
    ...(await shareKeys(config.REDIS_URL, config.CACHE_TTL * 1000, {
      failed: (error) => outages.failed('The shared cache', error),
      answered: () => outages.recovered('The shared cache'),
    })),
    observe: metrics.lookedUp,
    onChannel(name, isOpen) {
      channels.set(name, isOpen);
      if (isOpen) outages.recovered(nameOf(name));
      // Keys are looked up again from here on. The database's connections may be lost like the channel's, so new ones are made.
      else store.renewConnections();
    },
  });
  const lastUsed = createLastUsed(store.keys, {
    now: Date.now,
    onError: (error) =>
      logger.warn({ error: (error as Error).name }, 'The times when keys were last used could not be saved.'),
  });
  const authenticate = createAuthenticate({
    keys: cache,
    failures: createFailureLimit(config.FAILURE_LIMIT, config.FAILURE_WINDOW),
    roles,
    now: Date.now,
    onUnparsedScopes: (key, problem) =>
      logger.warn(
        { keyId: key.id, user: key.userId, problem },
        'The scopes of a key cannot be read; it grants nothing.',
      ),
    onWorthlessDenial: (key, problem) => logger.warn({ keyId: key.id, user: key.userId }, problem),
    onUse: lastUsed.record,
  });
  return { cache, authenticate, lastUsed, metrics, channels };
}
