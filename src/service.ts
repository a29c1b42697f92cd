import { createAnswerer } from './answer/answerer.ts';
import { createPrefectClient } from './answer/prefect-client.ts';
import { createApp } from './app.ts';
import { createAudit } from './audit/audit.ts';
import { ANONYMOUS, createAnonymous } from './authentication/anonymous.ts';
import { createAuthenticate } from './authentication/authenticate.ts';
import { createFailureLimit } from './authentication/failure-limit.ts';
import { type Config, toGraphqlBounds } from './config/config.ts';
import { readRoles } from './config/roles-file.ts';
import { closeAll } from './faults/close-all.ts';
import { within } from './faults/within.ts';
import { createAdminKeysEndpoints } from './http/admin/admin-keys-endpoints.ts';
import { createChannels } from './invalidation/create-channels.ts';
import { createJudge } from './judge.ts';
import { createFairSource } from './key-cache/fair-source.ts';
import { createKeyCache } from './key-cache/key-cache.ts';
import { shareKeys } from './key-cache/share-keys.ts';
import type { AccountStore } from './keys/account.ts';
import type { ApiKeyStore } from './keys/key-store.ts';
import { createMetricsReader } from './observability/cluster-metrics.ts';
import { createLogLevelOverride } from './observability/log-level-override.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { createOutages } from './observability/outages.ts';
import { warnOfCleartextKeys } from './observability/warn-of-cleartext-keys.ts';
import { createWarnings } from './observability/warnings.ts';
import { countWorthlessDenials, warnOfWorthlessDenials } from './observability/worthless-denials.ts';
import type { LineStream } from './output/line-stream.ts';
import { createAllowOrigin } from './prefect/allow-origin.ts';
import { readPrefectAddress } from './prefect/prefect-address.ts';
import { createObjectResolver } from './prefect/resolve-objects.ts';
import { watchPrefectPaths } from './prefect/watch-paths.ts';
import { createRequestReader } from './reading/read-request.ts';
import { createReadingThread } from './reading/reading-thread.ts';
import { createDocumentCache } from './requests/graphql/document-cache.ts';
import { uiBasePathOf } from './requests/rest/pages.ts';
import { createLastUsed } from './storage/last-used.ts';
import { limitQueries } from './storage/limit-queries.ts';
import { createMinuteCount } from './storage/minute-count.ts';
import { openStore } from './storage/open-store.ts';

/** A database or a Redis that hangs never says goodbye, and whoever stops the service does not wait for long. */
const CLOSE_MS = 4_000;
/** For how long a key that nobody knows yet waits to be looked up. nginx waits for five seconds, and the database takes three of them. */
const LOOKUP_WAIT_MS = 2_000;

export interface Service {
  readonly app: ReturnType<typeof createApp>;
  readonly store: ApiKeyStore;
  readonly accounts: AccountStore;
  /** Whether it has an embedded database without a single key. */
  readonly isNew: boolean;
  /** From here on `/readyz` says that no new request should come. */
  announceStop(): void;
  /** Throws an AggregateError of what could not be closed. */
  close(): Promise<void>;
}

/**
 * Wires the service to its database; it does not listen yet.
 *
 * @param lines where the audit trail goes
 */
export async function createService(config: Config, logger: Logger, lines: LineStream): Promise<Service> {
  const store = await openStore(config);
  limitQueries(store, config.DB_TIMEOUT * 1000);
  const lastUsed = createLastUsed(store.keys, {
    now: Date.now,
    onError: (error) => logger.warn({ error: (error as Error).name }, 'When keys were last used was not written.'),
  });
  const outages = createOutages(logger);
  const invalidation = await createChannels(config, store, (name, error) =>
    outages.failed(`Word of changed keys by ${name}`, error),
  );
  const channels = new Map(invalidation.map(({ name }) => [name, false]));
  const roles = readRoles(config.ROLES_FILE);
  const metrics = createMetrics(channels, lines);
  let isStopping = false;
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
    ...(await shareKeys(config.REDIS_URL, config.CACHE_TTL * 1000, {
      failed: (error) => outages.failed('The shared cache', error),
      answered: () => outages.recovered('The shared cache'),
    })),
    observe: metrics.lookedUp,
    onChannel(name, isOpen) {
      channels.set(name, isOpen);
      if (isOpen) outages.recovered(`Word of changed keys by ${name}`);
      // From here on keys are asked for: not on connections that went the way of the channel's.
      else store.renewConnections();
    },
  });
  const authenticate = createAuthenticate({
    keys: cache,
    failures: createFailureLimit(config.FAILURE_LIMIT, config.FAILURE_WINDOW),
    roles,
    now: Date.now,
    onUnparsedScopes: (key, problem) =>
      logger.warn({ keyId: key.id, user: key.userId, problem }, 'The scopes of a key do not parse; it grants nothing.'),
    onWorthlessDenial: (key, problem) => logger.warn({ keyId: key.id, user: key.userId }, problem),
    onUse: lastUsed.record,
  });
  const paths = {
    apiBasePath: config.API_BASE_PATH,
    uiBasePath: config.UI_BASE_PATH ?? uiBasePathOf(config.API_BASE_PATH),
  };
  const reading = {
    ...paths,
    isOpenapiPublic: config.OPENAPI_PUBLIC,
    graphql: toGraphqlBounds(config),
  };
  const thread = createReadingThread(reading);
  const reader = createRequestReader(reading, thread, createDocumentCache);
  const read = <Result>(question: () => Promise<Result>) => within(config.DB_TIMEOUT * 1000, question);
  const countCleartext = createMinuteCount(() => read(() => store.keys.countCleartext()), Date.now);
  const countWorthless = createMinuteCount(() => read(() => countWorthlessDenials(store, roles)), Date.now);
  const warnings = createWarnings(logger);
  const identifyAnonymous = config.ALLOW_PUBLIC_ACCESS
    ? createAnonymous(() => read(() => store.accounts.get(ANONYMOUS)), {
        roles,
        now: () => performance.now(),
        staleMs: config.STALE_IF_ERROR * 1000,
        onRead: (problem) => warnings.set('ALLOW_PUBLIC_ACCESS', problem),
      })
    : undefined;
  const prefect = readPrefectAddress(config.API_SERVICE_URL, config.API_BASE_PATH);
  const stopWatching = prefect === undefined ? () => {} : watchPrefectPaths({ prefect, ...paths }, warnings);
  const app = createApp({
    logger,
    audit: createAudit(lines, logger.fields),
    judge: createJudge({
      authenticate,
      reader,
      identifyAnonymous,
      resolveObjects: createObjectResolver({ prefect, readNames: thread.readNames }),
    }),
    answerer: createAnswerer({
      tenant: { id: config.TENANT_ID, name: config.TENANT_NAME, slug: config.TENANT_SLUG },
      askPrefect: prefect && createPrefectClient(prefect.graphql),
      mergeAnswers: thread.mergeAnswers,
      splitsBatches: config.GRAPHQL_BATCH === 'split',
    }),
    authenticate,
    cache,
    logLevel: createLogLevelOverride(logger, config.LOG_LEVEL, config.LOG_LEVEL_OVERRIDE_DURATION),
    checkStore: () => read(() => store.sequelize.authenticate()),
    countCleartext,
    countWorthless,
    async listWarnings() {
      await identifyAnonymous?.();
      return warnings.list();
    },
    identifyAnonymous,
    warnOfPlainHttp: (problem) => warnings.set('plain http', problem),
    channels,
    keys: store.keys,
    keyEndpoints: createAdminKeysEndpoints({ keys: store.keys, roles, now: () => new Date() }),
    isStopping: () => isStopping,
    lines,
    metrics,
    readMetrics: createMetricsReader(metrics.registry),
    tenantId: config.TENANT_ID,
    allowOrigin: createAllowOrigin(prefect),
  });
  // In its own time, too; the fault is logged where it is asked.
  void Promise.resolve(identifyAnonymous?.()).catch(() => {});
  warnOfCleartextKeys(countCleartext, config.ALLOW_CLEARTEXT_KEYS, logger);
  warnOfWorthlessDenials(countWorthless, roles, logger);
  return {
    app,
    store: store.keys,
    accounts: store.accounts,
    isNew: store.isEmbedded && (await store.keys.isEmpty()),
    announceStop() {
      isStopping = true;
    },
    close() {
      stopWatching();
      return closeAll(
        [
          { 'The cache': cache.close, 'The time of last use': lastUsed.close, 'The reading thread': thread.close },
          { 'The database': store.close },
        ],
        CLOSE_MS,
      );
    },
  };
}
