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
  const readGraphql = (original: OriginalRequest) =>
    readGraphqlRequest(original, options.graphql, options.readDocument);
  return {
    isGraphql: ({ isGraphqlHost, target }) => isGraphqlHost || isGraphqlTarget(target),
    readGraphql,
    readRest(original) {
      const rest = readRestRequest(original, routes, options);
      return mayHoldDocument(queryString(original.target)) ? joinDocument(rest, readGraphql(original)) : rest;
    },
  };
}

/**
 * Prefect 1 runs the document in a URL whatever the path, Prefect 2 and 3 the route whatever the document: what either would do
 * has to be covered.
 */
function joinDocument(rest: AccessRequest | Denial | Public, document: AccessRequest | Denial): AccessRequest | Denial {
  if (rest === 'public' || isDenial(document)) return document;
  if (isDenial(rest)) return rest;
  return { ...rest, operations: [...new Set([...rest.operations, ...document.operations])] };
}

function isGraphqlTarget(raw: string): boolean {
  if (raw === '/graphql') return true;
  if (!/^\/[g%]/i.test(raw)) return false;
  // What is ambiguous (`/graphql/../api`) is no path of GraphQL's, and is refused with all other such paths.
  const target = readTarget(raw);
  return !isDenial(target) && isGraphqlPath(target.path);
}

function isGraphqlPath(path: string): boolean {
  return /^\/graphql(?:\/|$)/i.test(path);
}
