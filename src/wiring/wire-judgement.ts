import { type Answerer, createAnswerer } from '../answer/answerer.ts';
import { createPrefectClient } from '../answer/prefect-client.ts';
import type { IdentifyAnonymous } from '../authentication/anonymous.ts';
import type { Authenticate } from '../authentication/authenticate.ts';
import { toGraphqlBounds } from '../config/read-config.ts';
import type { Config } from '../config/settings.ts';
import { createJudge, type Judge } from '../judge.ts';
import type { Warnings } from '../observability/warnings.ts';
import { type AllowOrigin, createAllowOrigin } from '../prefect/allow-origin.ts';
import { readPrefectAddress } from '../prefect/prefect-address.ts';
import { createObjectResolver } from '../prefect/resolve-objects.ts';
import { watchPrefectPaths } from '../prefect/watch-paths.ts';
import { createRequestReader } from '../reading/read-request.ts';
import { createReadingThread } from '../reading/reading-thread.ts';
import { createDocumentCache } from '../requests/graphql/document-cache.ts';
import { uiBasePathOf } from '../requests/rest/pages.ts';

export interface Judgement {
  readonly judge: Judge;
  readonly answerer: Answerer;
  readonly allowOrigin: AllowOrigin;
  /** Stops watching Prefect, and ends the thread that reads large requests. */
  close(): Promise<void>;
}

/** Wires the parts that read a request and decide about it, and those that ask Prefect for both. */
export function wireJudgement(
  config: Config,
  authenticate: Authenticate,
  identifyAnonymous: IdentifyAnonymous | undefined,
  warnings: Warnings,
): Judgement {
  const paths = {
    apiBasePath: config.API_BASE_PATH,
    uiBasePath: config.UI_BASE_PATH ?? uiBasePathOf(config.API_BASE_PATH),
  };
  const reading = { ...paths, isOpenapiPublic: config.OPENAPI_PUBLIC, graphql: toGraphqlBounds(config) };
  const thread = createReadingThread(reading);
  const prefect = readPrefectAddress(config.API_SERVICE_URL, config.API_BASE_PATH);
  const stopWatching = prefect === undefined ? () => {} : watchPrefectPaths({ prefect, ...paths }, warnings);
  return {
    judge: createJudge({
      authenticate,
      reader: createRequestReader(reading, thread, createDocumentCache),
      identifyAnonymous,
      resolveObjects: createObjectResolver({ prefect, readNames: thread.readNames }),
    }),
    answerer: createAnswerer({
      tenant: { id: config.TENANT_ID, name: config.TENANT_NAME, slug: config.TENANT_SLUG },
      askPrefect: prefect && createPrefectClient(prefect.graphql),
      mergeAnswers: thread.mergeAnswers,
      splitsBatches: config.GRAPHQL_BATCH === 'split',
    }),
    allowOrigin: createAllowOrigin(prefect),
    close() {
      stopWatching();
      return thread.close();
    },
  };
}
