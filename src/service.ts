import { createApp } from './app.ts';
import { createAudit } from './audit/audit.ts';
import { ANONYMOUS, createAnonymous } from './authentication/anonymous.ts';
import { readRoles } from './config/roles-file.ts';
import type { Config } from './config/settings.ts';
import { closeAll } from './faults/close-all.ts';
import { within } from './faults/within.ts';
import { createAdminKeysEndpoints } from './http/admin/admin-keys-endpoints.ts';
import type { KeyCacheOptions } from './key-cache/key-cache-options.ts';
import type { AccountStore } from './keys/account.ts';
import type { ApiKeyStore } from './keys/key-store.ts';
import { createMetricsReader } from './observability/cluster-metrics.ts';
import { createLogLevelOverride } from './observability/log-level-override.ts';
import type { Logger } from './observability/logger.ts';
import { warnOfCleartextKeys } from './observability/warn-of-cleartext-keys.ts';
import { createWarnings } from './observability/warnings.ts';
import { countWorthlessDenials, warnOfWorthlessDenials } from './observability/worthless-denials.ts';
import type { LineStream } from './output/line-stream.ts';
import { limitQueries } from './storage/limit-queries.ts';
import { createMinuteCount } from './storage/minute-count.ts';
import { openStore } from './storage/open-store.ts';
import { wireJudgement } from './wiring/wire-judgement.ts';
import { wireKeys } from './wiring/wire-keys.ts';

/** A database or a Redis that hangs never confirms that it is closed, and a supervisor does not wait for long. */
const CLOSE_MS = 4_000;

export interface Service {
  readonly app: ReturnType<typeof createApp>;
  readonly store: ApiKeyStore;
  readonly accounts: AccountStore;
  /** Whether it has an embedded database without a single key. */
  readonly isNew: boolean;
  /** From here on `/readyz` says that no new request should come. */
  announceStop(): void;
  /** Throws an AggregateError of the parts that could not be closed. */
  close(): Promise<void>;
}

/**
 * Wires the service to its database; it does not listen yet.
 *
 * @param lines where the audit trail goes
 * @param timing replaces the service's own times in tests
 */
export async function createService(
  config: Config,
  logger: Logger,
  lines: LineStream,
  timing: Pick<KeyCacheOptions, 'settlingMs'> = {},
): Promise<Service> {
  const store = await openStore(config);
  limitQueries(store, config.DB_TIMEOUT * 1000);
  const read = <Result>(question: () => Promise<Result>) => within(config.DB_TIMEOUT * 1000, question);
  const roles = readRoles(config.ROLES_FILE);
  const warnings = createWarnings(logger);
  const { cache, authenticate, lastUsed, metrics, channels } = await wireKeys(config, store, roles, {
    logger,
    lines,
    timing,
  });
  const identifyAnonymous = config.ALLOW_PUBLIC_ACCESS
    ? createAnonymous(() => read(() => store.accounts.get(ANONYMOUS)), {
        roles,
        now: () => performance.now(),
        staleMs: config.STALE_IF_ERROR * 1000,
        onRead: (problem) => warnings.set('ALLOW_PUBLIC_ACCESS', problem),
      })
    : undefined;
  const { judge, answerer, allowOrigin, close } = wireJudgement(config, authenticate, identifyAnonymous, warnings);
  const countCleartext = createMinuteCount(() => read(() => store.keys.countCleartext()), Date.now);
  const countWorthless = createMinuteCount(() => read(() => countWorthlessDenials(store, roles)), Date.now);
  let isStopping = false;
  const app = createApp({
    logger,
    audit: createAudit(lines, logger.fields),
    judge,
    answerer,
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
    allowOrigin,
  });
  // Reads the account without waiting for it. A fault is logged when a request needs the account.
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
      const users = { 'The cache': cache.close, 'The time of last use': lastUsed.close, 'The reading thread': close };
      return closeAll([users, { 'The database': store.close }], CLOSE_MS);
    },
  };
}
