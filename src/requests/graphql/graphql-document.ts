import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
} from 'graphql';
import { type Denial, deny, isDenial } from '../../authorization/denial.ts';
import type { GraphqlBounds } from './graphql-bounds.ts';

/** A document that contains only queries, mutations and fragments. */
export interface GraphqlDocument {
  readonly operations: readonly OperationDefinitionNode[];
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly tokens: number;
}

/** Reads a document that graphql-js 17 and Prefect 1's graphql-js 14.6 read alike. What only one of them accepts is refused. */
export function parseDocument(text: string, bounds: GraphqlBounds): GraphqlDocument | Denial {
  const operations: OperationDefinitionNode[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  const parsed = parseText(text, bounds);
  if (isDenial(parsed)) {
    return parsed;
  }
  for (const definition of parsed.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      operations.push(definition);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION && !fragments.has(definition.name.value)) {
      fragments.set(definition.name.value, definition);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      return deny('unreadable_request', `The GraphQL document defines the fragment ${definition.name.value} twice.`);
    } else {
      return deny('unsupported_request', 'The GraphQL document holds a type definition; only operations are answered.');
    }
    if (hasDescription(definition)) {
      return deny('unsupported_request', 'The GraphQL document describes an operation, which Prefect 1 cannot read.');
    }
  }
  return refuseOperations(operations) ?? { operations, fragments, tokens: parsed.tokenCount ?? bounds.tokens };
}

function parseText(text: string, bounds: GraphqlBounds): DocumentNode | Denial {
  if (hasForeignCharacters(text)) {
    return deny('unreadable_request', 'The GraphQL document holds a control character or a \\u{...} escape.');
  }
  try {
    const options = { noLocation: true, allowEmptySelectionSets: false };
    return parse(text, { ...options, maxLexicalTokens: bounds.tokens, maxComments: bounds.tokens });
  } catch (error) {
    return toDenial(error, bounds);
  }
}

/** Control characters in comments and strings, and escapes of variable width: only graphql-js 16 and newer accept them. */
function hasForeignCharacters(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\0-\x08\x0b\x0c\x0e-\x1f]|(?<!\\)(?:\\\\)*\\u\{/.test(text);
}

/** The parser's own message quotes the document, and a document can contain a secret: the denial gives only the place. */
function toDenial(error: unknown, bounds: GraphqlBounds): Denial {
  if (!(error instanceof GraphQLError)) {
    // The parser is recursive: a document of nothing but brackets exhausts the stack.
    return deny('unreadable_request', 'The GraphQL document is nested too deeply to be read.');
  }
  if (error.message.includes('Parsing aborted')) {
    return deny(
      'unreadable_request',
      `The GraphQL document has more than ${bounds.tokens} tokens (GRAPHQL_MAX_TOKENS).`,
    );
  }
  const place = error.locations?.[0];
  return deny(
    'unreadable_request',
    `The GraphQL document does not parse (line ${place?.line}, column ${place?.column}).`,
  );
}

function hasDescription(definition: OperationDefinitionNode | FragmentDefinitionNode): boolean {
  return (
    definition.description !== undefined ||
    (definition.variableDefinitions ?? []).some(({ description }) => description !== undefined)
  );
}

function refuseOperations(operations: readonly OperationDefinitionNode[]): Denial | undefined {
  if (operations.length === 0) {
    return deny('unreadable_request', 'The GraphQL document holds no operation.');
  }
  return operations.some(({ operation }) => operation === OperationTypeNode.SUBSCRIPTION)
    ? deny('unsupported_request', 'GraphQL subscriptions are not answered; ask with a query.')
    : undefined;
}
