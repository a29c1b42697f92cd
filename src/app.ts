import Router from '@koa/router';
import Koa from 'koa';
import type { Answerer } from './answer/answerer.ts';
import type { Audit } from './audit/audit.ts';
import type { IdentifyAnonymous } from './authentication/anonymous.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import { routeAdminKeys } from './http/admin/admin-keys.ts';
import type { Endpoint } from './http/admin/admin-keys-endpoints.ts';
import {
  createAdminGuard,
  createCacheEvictionEndpoint,
  createCacheResetEndpoint,
  createLogLevelEndpoint,
} from './http/admin/operator.ts';
import { createErrorHandler, createErrorLog } from './http/error-handler.ts';
import { createAnswer } from './http/gate/answer.ts';
import { answerAt } from './http/gate/answer-at.ts';
import { createAuthorize } from './http/gate/authorize.ts';
import { createBodyRoom } from './http/gate/body-room.ts';
import { createPlainHttpWatch } from './http/gate/plain-http.ts';
import { createSignIn } from './http/gate/sign-in.ts';
import { answerAlive, createReadiness } from './http/health.ts';
import { createMetricsEndpoint } from './http/metrics.ts';
import { identifyRequest } from './http/request-id.ts';
import { createRequestLog } from './http/request-log.ts';
import { markAnswer } from './http/respond.ts';
import type { Judge } from './judge.ts';
import type { KeyCache } from './key-cache/key-cache.ts';
import type { ApiKeyStore } from './keys/key-store.ts';
import type { LogLevelOverride } from './observability/log-level-override.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import type { LineHealth } from './output/sink.ts';
import type { AllowOrigin } from './prefect/allow-origin.ts';

export interface AppDependencies {
  readonly logger: Logger;
  readonly audit: Audit;
  readonly judge: Judge;
  readonly answerer: Answerer;
  readonly authenticate: Authenticate;
  readonly cache: KeyCache;
  readonly logLevel: LogLevelOverride;
  readonly checkStore: () => Promise<void>;
  /** How many keys the store has in clear. */
  readonly countCleartext: () => Promise<number>;
  /** How many keys and accounts have denials that do not help. */
  readonly countWorthless: () => Promise<number>;
  readonly channels: ReadonlyMap<string, boolean>;
  /** Problems that an operator has to repair. */
  readonly listWarnings: () => Promise<readonly string[]>;
  /** Gives requests without a credential their principal, if they are allowed. */
  readonly identifyAnonymous?: IdentifyAnonymous | undefined;
  readonly keys: ApiKeyStore;
  readonly keyEndpoints: readonly Endpoint[];
  /** Called for keys that came to nginx over plain http. */
  readonly warnOfPlainHttp: (problem: string) => void;
  /** Whether the service is about to stop, so that it should get no new requests. */
  readonly isStopping: () => boolean;
  readonly lines: LineHealth;
  readonly metrics: Metrics;
  readonly readMetrics: () => Promise<string>;
  readonly tenantId: string;
  /** Decides whether pages of another origin may read a refusal in a browser. */
  readonly allowOrigin: AllowOrigin;
}

/** For all bodies together that are being read: a dozen of the largest. */
const BODY_BYTES = 64 * 1024 * 1024;

/** A request to one of these paths counts as a request of a client. */
const QUESTIONS = new Set(['/auth', '/auth/graphql', '/answer']);

/** The service: the order of its middleware, and all of its routes. */
export function createApp(dependencies: AppDependencies): Koa {
  const { logger, audit, authenticate, cache } = dependencies;
  const requires = createAdminGuard(authenticate, audit);
  const gate = {
    ...dependencies,
    bodyRoom: createBodyRoom(BODY_BYTES),
    watchPlainHttp: createPlainHttpWatch(dependencies.warnOfPlainHttp),
  };
  const router = new Router();
  router.all('/answer', createAnswer(gate));
  router.get(['/healthz', '/healthcheck'], answerAlive);
  router.get('/readyz', createReadiness(dependencies));
  router.get('/auth/sign-in', createSignIn(dependencies.identifyAnonymous));
  router.get('/metrics', createMetricsEndpoint(dependencies.readMetrics));
  router.post('/logs/:level', requires('admin/logs'), createLogLevelEndpoint(dependencies.logLevel));
  router.post('/cache/reset', requires('admin/cache'), createCacheResetEndpoint(cache));
  router.delete('/cache/:key', requires('admin/cache'), createCacheEvictionEndpoint(cache));
  routeAdminKeys(router, {
    endpoints: dependencies.keyEndpoints,
    requires,
    audit,
    keys: dependencies.keys,
    forget: cache.evict,
  });

  const app = new Koa();
  app.on('error', createErrorLog(logger));
  app.use(identifyRequest);
  app.use(createRequestLog(logger));
  app.use(createErrorHandler(logger, ({ path }) => QUESTIONS.has(path) && dependencies.metrics.failed()));
  app.use(answerAt('/auth', createAuthorize(gate, false)));
  app.use(answerAt('/auth/graphql', createAuthorize(gate, true)));
  app.use(markAnswer);
  app.use(router.routes());
  return app;
}
