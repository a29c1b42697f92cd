import { createApp } from './app.ts';
import { createAudit } from './audit.ts';
import { createAuthenticate } from './authentication/authenticate.ts';
import { createKeyCache } from './authentication/key-cache.ts';
import { createDocumentReader } from './authorization/graphql-operations.ts';
import { prefectRoutes } from './authorization/prefect-routes.ts';
import { createAccessRequestReader } from './authorization/read-access-request.ts';
import { type Config, toGraphqlBounds } from './config.ts';
import { createDocumentCache } from './document-cache.ts';
import { createJudge } from './judge.ts';
import { createLogLevelOverride } from './log-level-override.ts';
import type { Logger } from './logger.ts';
import { readRoles } from './roles-file.ts';
import { defineApiKeyModel } from './storage/api-key-model.ts';
import { type ApiKeyStore, createApiKeyStore } from './storage/api-key-store.ts';
import { openDatabase } from './storage/database.ts';

export interface Service {
  readonly app: ReturnType<typeof createApp>;
  readonly store: ApiKeyStore;
  /** Whether it has an embedded database without a single key. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

/** Wires the service to its database; it does not listen yet. */
export async function createService(config: Config, logger: Logger): Promise<Service> {
  const database = await openDatabase(config);
  const store = createApiKeyStore(defineApiKeyModel(database.sequelize));
  const cache = createKeyCache(store, {
    ttl: config.CACHE_TTL,
    checkPeriod: config.CACHE_CHECK_PERIOD,
    maxKeys: config.CACHE_MAX_KEYS,
    staleIfError: config.STALE_IF_ERROR,
  });
  const authenticate = createAuthenticate({
    keys: cache,
    roles: readRoles(config.ROLES_FILE),
    now: Date.now,
    onUnparsedScopes: (key, problem) =>
      logger.warn({ keyId: key.id, user: key.userId, problem }, 'The scopes of a key do not parse; it grants nothing.'),
  });
  const graphql = toGraphqlBounds(config);
  const reader = createAccessRequestReader(prefectRoutes, {
    apiBasePath: config.API_BASE_PATH,
    isOpenapiPublic: config.OPENAPI_PUBLIC,
    graphql,
    readDocument: createDocumentCache(createDocumentReader(graphql)),
  });
  const app = createApp({
    logger,
    audit: createAudit(logger),
    judge: createJudge({ authenticate, reader, isPublicAccessAllowed: config.ALLOW_PUBLIC_ACCESS }),
    authenticate,
    cache,
    logLevel: createLogLevelOverride(logger, config.LOG_LEVEL, config.LOG_LEVEL_OVERRIDE_DURATION),
    checkStore: () => database.sequelize.authenticate(),
    tenantId: config.TENANT_ID,
    maxBytes: config.GRAPHQL_MAX_BYTES,
  });
  return {
    app,
    store,
    isNew: database.isEmbedded && (await store.isEmpty()),
    async close() {
      await cache.close();
      await database.close();
    },
  };
}
