import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  visit,
} from 'graphql';
import { rootFieldNodes } from '../requests/graphql/root-field-nodes.ts';

/** One document split in two, which together ask for the same. Each has `__typename` in place of the other's fields. */
export interface SplitDocument {
  /** Undefined if no field is ours. */
  readonly own: string | undefined;
  /** Undefined if no field is Prefect's. */
  readonly rest: string | undefined;
  /** The names of our fields in the answer. */
  readonly ownKeys: ReadonlySet<string>;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Splits the operation that would be run. Conditions, fragments and aliases stay where they are, so that both answers have the
 * same keys in the same order.
 */
export function splitDocument(
  text: string,
  operationName: string | undefined,
  isOwn: (field: FieldNode) => boolean,
): SplitDocument {
  const document = parse(text, { noLocation: true });
  const operation = getOperationAST(document, operationName);
  const fragments = fragmentsOf(document);
  const fields = operation?.operation === 'query' ? rootFieldNodes(operation.selectionSet, fragments, new Set()) : [];
  const own = new Set(fields.filter(isOwn));
  const others = new Set(fields.filter((field) => !own.has(field) && field.name.value !== '__typename'));
  const ownKeys = new Set([...own].map(({ alias, name }) => (alias ?? name).value));
  if (operation == null || own.size === 0) return { own: undefined, rest: text, ownKeys };
  const rest = others.size === 0 ? undefined : without(own, operation, fragments);
  return { own: without(others, operation, fragments), rest, ownKeys };
}

function fragmentsOf(document: DocumentNode): Fragments {
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(definitions.map((definition) => [definition.name.value, definition]));
}

/** The operation with `__typename` in place of some fields, and without the definitions that GraphQL would then refuse as unused. */
function without(removed: ReadonlySet<FieldNode>, operation: OperationDefinitionNode, fragments: Fragments): string {
  const replace = <Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node =>
    visit(node, { Field: { enter: (field) => (removed.has(field) ? toTypename(field) : undefined) } });
  const replaced = new Map([...fragments].map(([name, fragment]) => [name, replace(fragment)]));
  const root = replace(operation);
  const used = { fragments: new Set<string>(), variables: new Set<string>() };
  collectUsed(root, replaced, used);
  const variableDefinitions = (root.variableDefinitions ?? []).filter(({ variable }) =>
    used.variables.has(variable.name.value),
  );
  const definitions = [
    { ...root, variableDefinitions },
    ...[...replaced.values()].filter(({ name }) => used.fragments.has(name.value)),
  ];
  return print({ kind: Kind.DOCUMENT, definitions });
}

function toTypename({ alias, name, directives }: FieldNode): FieldNode {
  const typename = { kind: Kind.NAME, value: '__typename' } as const;
  return { kind: Kind.FIELD, alias: alias ?? name, name: typename, ...(directives && { directives }) };
}

function collectUsed(
  node: OperationDefinitionNode | FragmentDefinitionNode,
  fragments: Fragments,
  used: { readonly fragments: Set<string>; readonly variables: Set<string> },
): void {
  visit(node, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.variables.add(name.value),
    FragmentSpread: ({ name }) => {
      const fragment = fragments.get(name.value);
      if (fragment === undefined || used.fragments.has(name.value)) return;
      used.fragments.add(name.value);
      collectUsed(fragment, fragments, used);
    },
  });
}
