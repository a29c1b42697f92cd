import { type Denial, isDenial } from '../denial.ts';
import type { AccessRequest, OriginalRequest } from './access-request.ts';
import type { GraphqlBounds } from './graphql-bounds.ts';
import { type DocumentReader, readGraphqlRequest } from './graphql-operations.ts';
import { mayHoldDocument, queryString } from './query-string.ts';
import { type Public, type RestOptions, readRestRequest } from './rest-request.ts';
import type { RouteTable } from './routes.ts';
import { readTarget } from './target.ts';

export interface AccessRequestReader {
  /**
   * Every path of a GraphQL host; on others `/graphql` and what is below it, however it is spelled, and every URL that holds a
   * document: Prefect 1 answers on every path, and no route of Prefect 2 or 3 has such a parameter.
   */
  isGraphql(original: OriginalRequest): boolean;
  readGraphql(original: OriginalRequest): AccessRequest | Denial;
  readRest(original: OriginalRequest): AccessRequest | Denial | Public;
}

export function createAccessRequestReader(
  routes: RouteTable,
  options: RestOptions & { readonly graphql: GraphqlBounds; readonly readDocument?: DocumentReader },
): AccessRequestReader {
  return {
    isGraphql: ({ isGraphqlHost, target }) =>
      isGraphqlHost || isGraphqlTarget(target) || mayHoldDocument(queryString(target)),
    readGraphql: (original) => readGraphqlRequest(original, options.graphql, options.readDocument),
    readRest: (original) => readRestRequest(original, routes, options),
  };
}

function isGraphqlTarget(raw: string): boolean {
  if (!raw.includes('%')) return isGraphqlPath(raw);
  const target = readTarget(raw);
  return !isDenial(target) && isGraphqlPath(target.path);
}

function isGraphqlPath(path: string): boolean {
  return /^\/graphql(?:[/?]|$)/i.test(path);
}
