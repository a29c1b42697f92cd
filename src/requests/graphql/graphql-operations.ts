import type { AccessRequest, GraphqlItem, OriginalRequest } from '../../authorization/access-request.ts';
import { type Aside, joinAsides } from '../../authorization/aside.ts';
import { type Denial, deny, isDenial } from '../../authorization/denial.ts';
import type { Operation } from '../../authorization/operation.ts';
import type { GraphqlBounds } from './graphql-bounds.ts';
import { parseDocument } from './graphql-document.ts';
import { measure } from './graphql-extent.ts';
import { readGraphqlPayload } from './graphql-payload.ts';
import { readRootFields, toOperations } from './graphql-root-fields.ts';
import { hasRunConfig, type RunConfig, readRunConfig } from './graphql-run-config.ts';

const OVERRIDE: Aside = { operation: 'mutation/override_job_variables', field: 'run_config' };

/**
 * The most different fields of a request, counted for each document separately. Prefect 1 has some two hundred in all. Each is
 * compared with every scope.
 */
const MOST_OPERATIONS = 200;
/** In characters, kind included. Prefect 1's longest is half as long. */
const LONGEST_OPERATION = 200;

/** What a text asks for and what it costs. It depends on the text and the bounds alone. */
export interface DocumentReading {
  readonly operations: readonly Operation[];
  readonly runConfig: RunConfig;
  readonly rootFields: number;
  readonly aliases: number;
  readonly tokens: number;
}

export type DocumentReader = (text: string) => DocumentReading | Denial;

/**
 * Everything that a request to a GraphQL endpoint would do: all fields of all operations of all its documents.
 *
 * @param readDocument of the same bounds; one that keeps its readings saves the parsing
 */
export function readGraphqlRequest(
  original: OriginalRequest,
  bounds: GraphqlBounds,
  readDocument: DocumentReader = createDocumentReader(bounds),
): AccessRequest | Denial {
  const payload = readGraphqlPayload(original, bounds);
  if (isDenial(payload)) {
    return payload;
  }
  const total = { rootFields: 0, aliases: 0, tokens: 0, operations: 0 };
  const items: GraphqlItem[] = [];
  for (const item of payload.items) {
    const reading = readDocument(item.query);
    if (isDenial(reading)) {
      return reading;
    }
    total.rootFields += reading.rootFields;
    total.aliases += reading.aliases;
    total.tokens += reading.tokens;
    total.operations += reading.operations.length;
    const excess = findExcess(total, bounds);
    if (excess !== undefined) {
      return excess;
    }
    const overrides = hasRunConfig(reading.runConfig, reading.operations, item.variables, payload.text);
    items.push({
      operations: overrides ? [...reading.operations, OVERRIDE.operation] : reading.operations,
      query: item.query,
      operationName: item.operationName,
      variables: item.variables,
    });
  }
  const operations = allOperations(items);
  const asides = operations.includes(OVERRIDE.operation) && { asides: joinAsides([OVERRIDE]) };
  return { operations, ...asides, graphql: { isBatch: payload.isBatch, items } };
}

/** Each operation once. Those of a single document are unique already. */
function allOperations(items: readonly GraphqlItem[]): readonly Operation[] {
  const [first] = items;
  return first !== undefined && items.length === 1
    ? first.operations
    : [...new Set(items.flatMap(({ operations }) => operations))];
}

export function createDocumentReader(bounds: GraphqlBounds): DocumentReader {
  return (text) => readDocument(text, bounds);
}

function readDocument(text: string, bounds: GraphqlBounds): DocumentReading | Denial {
  const document = parseDocument(text, bounds);
  if (isDenial(document)) {
    return document;
  }
  const extent = measure(document, bounds);
  if (isDenial(extent)) {
    return extent;
  }
  const rootFields = readRootFields(document);
  const operations = toOperations(rootFields);
  if (operations.some(({ length }) => length > LONGEST_OPERATION)) {
    return deny(
      'unsupported_request',
      `The GraphQL document asks for a field whose name has more than ${LONGEST_OPERATION} characters.`,
    );
  }
  return {
    operations,
    runConfig: readRunConfig(text, document),
    rootFields: rootFields.length,
    aliases: extent.aliases,
    tokens: document.tokens,
  };
}

function findExcess(
  total: Omit<DocumentReading, 'operations' | 'runConfig'> & { readonly operations: number },
  bounds: GraphqlBounds,
): Denial | undefined {
  const excess = (what: string, limit: number, setting: string) =>
    deny('unreadable_request', `The GraphQL request has more than ${limit} ${what} (${setting}).`);
  if (total.operations > MOST_OPERATIONS) {
    return deny('unreadable_request', `The GraphQL request asks for more than ${MOST_OPERATIONS} different fields.`);
  }
  if (total.rootFields > bounds.rootFields) return excess('root fields', bounds.rootFields, 'GRAPHQL_MAX_ROOT_FIELDS');
  if (total.aliases > bounds.aliases) return excess('aliases', bounds.aliases, 'GRAPHQL_MAX_ALIASES');
  return total.tokens > bounds.tokens ? excess('tokens', bounds.tokens, 'GRAPHQL_MAX_TOKENS') : undefined;
}
