import { Kind, type SelectionNode, type SelectionSetNode } from 'graphql';
import { type Denial, deny, isDenial } from '../../authorization/denial.ts';
import type { GraphqlBounds } from './graphql-bounds.ts';
import type { GraphqlDocument } from './graphql-document.ts';

/** How far a selection reaches when its fragments are expanded. */
interface Extent {
  readonly depth: number;
  readonly aliases: number;
}

const NOTHING: Extent = { depth: 0, aliases: 0 };

/**
 * The extent of all operations of a document together, or why it has none: a cycle, an undefined fragment, too great a depth.
 * Every fragment is measured once, however often it is spread.
 */
export function measure(document: GraphqlDocument, bounds: GraphqlBounds): Extent | Denial {
  const measured = new Map<string, Extent>();
  const open = new Set<string>();
  const tooDeep = deny(
    'unreadable_request',
    `The GraphQL document is nested deeper than ${bounds.depth} selections (GRAPHQL_MAX_DEPTH).`,
  );

  function measureSelections(selections: readonly SelectionNode[], level: number): Extent | Denial {
    if (level > bounds.depth) {
      return tooDeep;
    }
    let { depth, aliases } = NOTHING;
    for (const selection of selections) {
      const inner = measureSelection(selection, level + 1);
      if (isDenial(inner)) {
        return inner;
      }
      depth = Math.max(depth, inner.depth);
      aliases += inner.aliases;
    }
    return { depth: depth + 1, aliases };
  }

  function measureSelection(selection: SelectionNode, level: number): Extent | Denial {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return measureFragment(selection.name.value, level);
    }
    const inner = selection.selectionSet ? measureSelections(selection.selectionSet.selections, level) : NOTHING;
    const hasAlias = selection.kind === Kind.FIELD && selection.alias !== undefined;
    return hasAlias && !isDenial(inner) ? { ...inner, aliases: inner.aliases + 1 } : inner;
  }

  function measureFragment(name: string, level: number): Extent | Denial {
    const known = measured.get(name);
    if (known !== undefined) {
      return level + known.depth - 1 > bounds.depth ? tooDeep : known;
    }
    const fragment = document.fragments.get(name);
    if (fragment === undefined || open.has(name)) {
      const flaw = fragment === undefined ? 'is not defined in the document' : 'contains itself';
      return deny('unreadable_request', `The GraphQL fragment ${name} ${flaw}.`);
    }
    open.add(name);
    const extent = measureSelections(fragment.selectionSet.selections, level);
    open.delete(name);
    if (!isDenial(extent)) {
      measured.set(name, extent);
    }
    return extent;
  }

  const selections = document.operations.map(({ selectionSet }): SelectionNode => asInlineFragment(selectionSet));
  return measureSelections(selections, 0);
}

function asInlineFragment(selectionSet: SelectionSetNode): SelectionNode {
  return { kind: Kind.INLINE_FRAGMENT, selectionSet };
}
