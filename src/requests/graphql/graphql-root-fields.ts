import { OperationTypeNode } from 'graphql';
import prefect1 from '../../../data/prefect1.json' with { type: 'json' };
import type { Operation } from '../../authorization/operation.ts';
import type { GraphqlDocument } from './graphql-document.ts';
import { rootFieldNodes } from './root-field-nodes.ts';

/** Answered by GraphQL itself with the name of the root type. */
const TYPENAME = '__typename';

/** The fields of the document's root selections, one entry for each time that a field occurs. Aliases and directives do not matter. */
export function readRootFields(document: GraphqlDocument): readonly Operation[] {
  const kinds = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION] as const;
  return kinds.flatMap((kind) => {
    const visited = new Set<string>();
    return document.operations
      .filter(({ operation }) => operation === kind)
      .flatMap(({ selectionSet }) => rootFieldNodes(selectionSet, document.fragments, visited))
      .map(({ name }): Operation => `${kind}/${name.value}`);
  });
}

/**
 * Prefect 2 and 3 have routes with the names of these fields that do less: Prefect 1 writes to a table, or takes code. So each
 * field also asks for an operation that only Prefect 1 has and that does the same.
 */
const ALSO: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(prefect1.also));

/** What a document needs: `__typename` is free beside another field, and a query when it stands alone. */
export function toOperations(rootFields: readonly Operation[]): readonly Operation[] {
  const operations = new Set<Operation>();
  for (const field of rootFields) {
    if (field.endsWith(`/${TYPENAME}`)) continue;
    operations.add(field);
    for (const other of ALSO.get(field) ?? []) operations.add(other as Operation);
  }
  return operations.size > 0 || rootFields.length === 0 ? [...operations] : [`query/${TYPENAME}`];
}
