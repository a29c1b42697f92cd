import type { AccessRequest, OriginalRequest, Preview } from '../authorization/access-request.ts';
import { joinAsides } from '../authorization/aside.ts';
import { type Denial, isDenial } from '../authorization/denial.ts';
import type { GraphqlBounds } from './graphql/graphql-bounds.ts';
import { type DocumentReader, readGraphqlRequest } from './graphql/graphql-operations.ts';
import { mayHoldDocument, queryString } from './query-string.ts';
import { type Public, previewRestRequest, type RestOptions, readRestRequest } from './rest/rest-request.ts';
import type { RouteTable } from './rest/routes.ts';
import { readTarget } from './target.ts';

export interface AccessRequestReader {
  preview(original: OriginalRequest): Preview | Denial | Public;
  read(original: OriginalRequest): AccessRequest | Denial | Public;
}

export function createAccessRequestReader(
  routes: RouteTable,
  options: RestOptions & { readonly graphql: GraphqlBounds; readonly readDocument?: DocumentReader },
): AccessRequestReader {
  const readGraphql = (original: OriginalRequest) =>
    readGraphqlRequest(original, options.graphql, options.readDocument);
  const { bytes } = options.graphql;
  const nothingKnown: Preview = { request: { operations: [] }, isGraphql: true, isWhole: false, maxBytes: bytes };
  return {
    preview(original) {
      if (isGraphql(original)) return nothingKnown;
      const rest = previewRestRequest(original, routes, options);
      if (rest !== 'public' && isDenial(rest)) return rest;
      const hasDocument = mayHoldDocument(queryString(original.target));
      if (rest === 'public') return hasDocument ? nothingKnown : rest;
      const isWhole = !hasDocument && !rest.dependsOnBody;
      return { request: rest.request, isGraphql: false, isWhole, maxBytes: bytes };
    },
    read(original) {
      if (isGraphql(original)) return readGraphql(original);
      const rest = readRestRequest(original, routes, options);
      return mayHoldDocument(queryString(original.target)) ? joinDocument(rest, readGraphql(original)) : rest;
    },
  };
}

/** On a GraphQL host every path; on others `/graphql` and the paths below it, however they are spelled. */
function isGraphql({ isGraphqlHost, target }: OriginalRequest): boolean {
  return isGraphqlHost || isGraphqlTarget(target);
}

/**
 * Prefect 1 runs the document in a URL, whatever the path. Prefect 2 and 3 run the route, whatever the document. Both have to be
 * covered.
 */
function joinDocument(rest: AccessRequest | Denial | Public, document: AccessRequest | Denial): AccessRequest | Denial {
  if (rest === 'public' || isDenial(document)) return document;
  if (isDenial(rest)) return rest;
  // Scopes that are written as paths, or that have conditions, do not cover what a document asks for.
  const inDocument = document.operations.map((operation) => ({ operation, field: 'query', isElsewhere: true }));
  return {
    ...rest,
    operations: [...new Set([...rest.operations, ...document.operations])],
    asides: joinAsides([...(rest.asides?.values() ?? []), ...inDocument]),
  };
}

function isGraphqlTarget(raw: string): boolean {
  if (raw === '/graphql') return true;
  if (!/^\/[g%]/i.test(raw)) return false;
  // An ambiguous path (`/graphql/../api`) is not a GraphQL path. It is refused like every ambiguous path.
  const target = readTarget(raw);
  return !isDenial(target) && isGraphqlPath(target.path);
}

function isGraphqlPath(path: string): boolean {
  return /^\/graphql(?:\/|$)/i.test(path);
}
