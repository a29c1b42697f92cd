import type { GraphqlItem, OriginalRequest } from '../../authorization/access-request.ts';
import { type Denial, deny, isDenial } from '../../authorization/denial.ts';
import { readBody } from '../body.ts';
import { parseJson } from '../json.ts';
import { parseQueryString, queryString } from '../query-string.ts';
import type { GraphqlBounds } from './graphql-bounds.ts';

/** One document as a client sends it, not yet read. */
type GraphqlText = Omit<GraphqlItem, 'operations'>;

export interface GraphqlPayload {
  /** Whether the body is an array; the answer then has to be an array too. */
  readonly isBatch: boolean;
  /** The text that the items were read from. */
  readonly text: string;
  readonly items: readonly GraphqlText[];
}

const ITEM_KEYS = new Set(['query', 'operationName', 'variables', 'extensions']);
const CONTENT_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** The documents of a request to a GraphQL endpoint, in one of the two forms that are understood. */
export function readGraphqlPayload(original: OriginalRequest, bounds: GraphqlBounds): GraphqlPayload | Denial {
  if (original.isWebSocket) {
    return deny('unsupported_request', 'GraphQL is not answered on a WebSocket; send a POST.');
  }
  switch (original.method) {
    case 'POST':
      return readPost(original, bounds);
    case 'GET':
      return readGet(original, bounds);
    default:
      return deny('unsupported_request', `GraphQL is asked with POST or GET, not with ${original.method}.`);
  }
}

function readPost(original: OriginalRequest, bounds: GraphqlBounds): GraphqlPayload | Denial {
  if (queryString(original.target) !== '') {
    return deny('unsupported_request', 'Send the GraphQL document in the body alone, without a query string.');
  }
  if (!CONTENT_TYPE.test(original.contentType ?? '')) {
    return deny('unsupported_request', 'Send GraphQL with Content-Type: application/json, in UTF-8.');
  }
  if ((original.body?.length ?? 0) > bounds.bytes) {
    return tooLarge(bounds);
  }
  const body = readBody(original);
  if (typeof body !== 'string') {
    return body;
  }
  const json = parseJson(body);
  return isDenial(json) ? json : toPayload(json.value, body, bounds);
}

function toPayload(value: unknown, text: string, bounds: GraphqlBounds): GraphqlPayload | Denial {
  const isBatch = Array.isArray(value);
  const values: readonly unknown[] = isBatch ? value : [value];
  if (values.length === 0 || values.length > bounds.batch) {
    return deny(
      'unreadable_request',
      `A GraphQL batch holds 1 to ${bounds.batch} documents (GRAPHQL_MAX_BATCH), not ${values.length}.`,
    );
  }
  const items: GraphqlText[] = [];
  for (const each of values) {
    const item = toItem(each);
    if (isDenial(item)) {
      return item;
    }
    items.push(item);
  }
  const characters = items.reduce((sum, { query }) => sum + query.length, 0);
  return characters > bounds.characters
    ? deny(
        'unreadable_request',
        `The GraphQL documents have more than ${bounds.characters} characters (GRAPHQL_MAX_CHARACTERS).`,
      )
    : { isBatch, text, items };
}

function toItem(value: unknown): GraphqlText | Denial {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return deny('unreadable_request', 'A GraphQL request is a JSON object with the key "query", or an array of such.');
  }
  const item = value as Readonly<Record<string, unknown>>;
  const { query } = item;
  if (item.extensions !== undefined && JSON.stringify(item.extensions ?? {}) !== '{}') {
    return deny(
      'unsupported_request',
      'GraphQL "extensions", persisted queries among them, are refused; send the text.',
    );
  }
  if (typeof query !== 'string') {
    return deny('unreadable_request', 'The GraphQL request has no text in "query".');
  }
  const operationName = item.operationName ?? undefined;
  if (operationName !== undefined && typeof operationName !== 'string') {
    return deny('unreadable_request', 'The "operationName" of the GraphQL request is not a text.');
  }
  const variables = item.variables ?? undefined;
  if (!isVariables(variables)) {
    return deny('unreadable_request', 'The "variables" of the GraphQL request are neither an object nor a JSON text.');
  }
  if (!Object.keys(item).every((key) => ITEM_KEYS.has(key))) {
    return deny('unsupported_request', `A GraphQL request has no keys but ${[...ITEM_KEYS].join(', ')}.`);
  }
  return { query, operationName, variables };
}

function isVariables(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || (typeof value === 'object' && !Array.isArray(value));
}

function readGet(original: OriginalRequest, bounds: GraphqlBounds): GraphqlPayload | Denial {
  if ((original.contentLength ?? '0') !== '0' || (original.body?.length ?? 0) > 0) {
    return deny('unsupported_request', 'Send a GraphQL document in the URL or in a body, not in both.');
  }
  const query = queryString(original.target);
  if (query.length > bounds.bytes) {
    return tooLarge(bounds);
  }
  const parameters = parseQueryString(query);
  if (isDenial(parameters)) {
    return parameters;
  }
  return toPayload(Object.fromEntries(parameters), [...parameters.values()].join('\n'), bounds);
}

function tooLarge(bounds: GraphqlBounds): Denial {
  return deny('unreadable_request', `The GraphQL request is larger than ${bounds.bytes} bytes (GRAPHQL_MAX_BYTES).`);
}
