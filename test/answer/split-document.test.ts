import test from 'ava';
import fc from 'fast-check';
import { type FieldNode, parse } from 'graphql';
import { splitDocument } from '../../src/answer/split-document.ts';
import { documents } from '../requests/graphql/graphql-arbitraries.ts';
import { runOnGraphql14 } from '../requests/graphql/graphql-schemas.ts';

const isOwn = ({ name }: FieldNode) => name.value === 'both' || name.value === 'on';
const isOwnOperation = (operation: string) => operation === 'query/both' || operation === 'query/on';

test('both halves of a document run together what the whole would run, and neither what is the other one`s', (t) => {
  let split = 0;
  fc.assert(
    fc.property(documents, (text) => {
      const { own, rest } = splitDocument(text, undefined, isOwn);
      const whole = new Set(runOnGraphql14(text, undefined));
      const ownRan = own === undefined ? [] : runOnGraphql14(own, undefined);
      const restRan = rest === undefined ? [] : runOnGraphql14(rest, undefined);
      split += own !== undefined && rest !== undefined ? 1 : 0;
      t.true(ownRan.every(isOwnOperation));
      if (own !== undefined) t.false(restRan.some(isOwnOperation));
      // Two fields that answer under one key are a conflict, of which an execution without validation runs the first.
      t.true([...ownRan, ...restRan].every((operation) => whole.has(operation)) || hasAlias(text));
      t.true([...whole].every((operation) => [...ownRan, ...restRan].includes(operation)) || hasAlias(text));
    }),
    { numRuns: 3000 },
  );
  t.true(split > 300, `only ${split} documents were split`);
});

const hasAlias = (text: string) => /\b(?:flow|a|both|__typename)\s*:/.test(text);

test('a document that asks us nothing is left as it is', (t) => {
  for (const text of [
    '{ flow }',
    'mutation { both }',
    'query A { both } query B { flow }',
    'query A { both } mutation { flow }',
  ]) {
    const { own, rest } = splitDocument(text, undefined, isOwn);
    t.deepEqual([own, rest], [undefined, text]);
  }
});

test('only the operation that would run is kept, with what it uses', (t) => {
  const text = `query A($a: Int, $b: Int) { both(id: $a) { ...Own } flow(id: $b) { ...Other } }
    query B { flow } fragment Own on Node { flow } fragment Other on Node { query }`;
  const { own, rest, ownKeys } = splitDocument(text, 'A', isOwn);
  t.deepEqual([...ownKeys], ['both']);
  for (const [half, kept, gone] of [
    [own, ['$a', 'Own'], ['$b', 'Other', 'query B']],
    [rest, ['$b', 'Other'], ['$a', 'Own', 'query B']],
  ] as const) {
    t.notThrows(() => parse(half ?? ''));
    for (const word of kept) t.true(half?.includes(word), `${word} in ${half}`);
    for (const word of gone) t.false(half?.includes(word), `${word} in ${half}`);
  }
});
