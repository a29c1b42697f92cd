import { type Denial, isDenial } from '../denial.ts';
import type { AccessRequest, OriginalRequest } from './access-request.ts';
import type { GraphqlBounds } from './graphql-bounds.ts';
import { type DocumentReader, readGraphqlRequest } from './graphql-operations.ts';
import { mayHoldDocument, queryString } from './query-string.ts';
import { type Public, type RestOptions, readRestRequest } from './rest-request.ts';
import type { RouteTable } from './routes.ts';
import { readTarget } from './target.ts';

export interface AccessRequestReader {
  /** Every path of a GraphQL host; on others `/graphql` and what is below it, however it is spelled. */
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
      isGraphqlHost || isGraphqlTarget(target) || isGraphqlPage(target, options.apiBasePath),
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

/** Prefect 1 answers GraphQL on every path, so no page is public whose URL holds a document. */
function isGraphqlPage(raw: string, apiBasePath: string): boolean {
  return !raw.startsWith(`${apiBasePath}/`) && mayHoldDocument(queryString(raw));
}
