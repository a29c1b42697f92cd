import fc from 'fast-check';

/** Root fields of the schema that the documents are run on; `both` is a query and a mutation. */
export const rootFieldNames = ['flow', 'flow_run', 'both', 'create_flow', 'delete_flow', 'query', 'on', 'fragment'];

const ignored = fc.constantFrom(' ', ' ', ' ', '\n', ',', '\t', ' # { both } " \n', '\r\n', '\uFEFF');
const argumentList = fc.constantFrom(
  '',
  '',
  '(id: 1)',
  '(where: { id: { _eq: "mutation { delete_flow }" } })',
  '(text: """block " \\""" { flow }""")',
  '(text: "\\u0022 } \\ud83d\\ude00")',
  '(on: on, list: [$yes, null, ENUM, -1.5e3])',
);

interface Vocabulary {
  readonly fields: readonly string[];
  readonly types: readonly string[];
  readonly directives: readonly string[];
  readonly aliases: readonly string[];
}

const wild: Vocabulary = {
  fields: [...rootFieldNames, '__typename', '__schema', '__type', 'undefined_field'],
  types: ['Query', 'Query', 'Query', 'Mutation', 'Mutation', 'Mutation', 'Node', 'Other'],
  directives: [
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '@skip(if: true)',
    '@include(if: $yes)',
    '@include(if: false)',
    '@unheard(of: [1])',
  ],
  aliases: ['flow:', 'a:', 'both :', '__typename:'],
};
const plain: Vocabulary = { fields: rootFieldNames, types: ['Query'], directives: [''], aliases: [''] };

function words(...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(ignored, ...parts).map(([separator, ...texts]) => texts.filter(Boolean).join(separator));
}

/** A selection in braces that spreads the given fragments. */
function selectionSets(vocabulary: Vocabulary, spreadable: readonly string[]): fc.Arbitrary<string> {
  const directives = fc.constantFrom(...vocabulary.directives);
  const fields = fc.constantFrom(...vocabulary.fields);
  const types = fc.constantFrom(...vocabulary.types);
  const spreads = spreadable.map((name) => words(fc.constant('...'), fc.constant(name), directives));
  return fc.letrec<{ selectionSet: string; selection: string }>((tie) => ({
    selectionSet: words(
      fc.constant('{'),
      fc.array(tie('selection'), { minLength: 1, maxLength: 4 }).map((selections) => selections.join(' ')),
      fc.constant('}'),
    ),
    selection: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      words(fields, argumentList, directives),
      words(fc.constantFrom(...vocabulary.aliases), fields, directives),
      ...spreads,
      words(fields, directives, tie('selectionSet')),
      words(fc.constant('...'), directives, tie('selectionSet')),
      words(fc.constant('... on'), types, directives, tie('selectionSet')),
    ),
  })).selectionSet;
}

const names = ['A', 'B', 'C', 'D'];

/** Four fragments; each spreads only later ones, or, where `cyclic`, any. */
function fragments(vocabulary: Vocabulary, cyclic: boolean): fc.Arbitrary<readonly string[]> {
  const types = fc.constantFrom(...vocabulary.types);
  const directives = fc.constantFrom(...vocabulary.directives);
  return fc.tuple(
    ...names.map((name, index) => {
      const selectionSet = selectionSets(vocabulary, cyclic ? names : names.slice(index + 1));
      return words(fc.constant(`fragment ${name} on`), types, directives, selectionSet);
    }),
  );
}

function operation(vocabulary: Vocabulary, kinds: readonly string[]): fc.Arbitrary<string> {
  return words(
    fc.constantFrom(...kinds),
    fc.constantFrom('', 'First', 'Second', 'query', 'on'),
    fc.constantFrom('($yes: Boolean = true)', '($yes: Boolean @d, $list: [[Int!]!])'),
    fc.constantFrom(...vocabulary.directives),
    selectionSets(vocabulary, names),
  );
}

const soundOperation = fc.oneof(selectionSets(wild, names), operation(wild, ['query', 'mutation', 'mutation']));

/** One to three operations with fragments at every place. */
export const documents = fc
  .tuple(fc.array(soundOperation, { minLength: 1, maxLength: 3 }), fragments(wild, false), fc.boolean())
  .map(([operations, rest, first]) => (first ? [...rest, ...operations] : [...operations, ...rest]).join('\n'))
  .map((text) => (text.includes('($yes') ? text : text.replaceAll('$yes', 'true')));

/** Documents with cycles, undefined fragments, subscriptions, and no operation. */
export const unsoundDocuments = fc
  .tuple(
    fc.array(operation(wild, ['query', 'mutation', 'subscription']), { maxLength: 2 }),
    fragments(wild, true),
    fc.nat(4),
  )
  .map(([operations, rest, kept]) => [...operations, ...rest.slice(0, kept), '{ flow }'.slice(kept * 2)].join('\n'));

/** One query without conditions: all its root fields are resolved. */
export const plainDocuments = fc
  .tuple(operation(plain, ['query']), fragments(plain, false))
  .map(([query, rest]) => [query, ...rest].join('\n'));

const splices = fc.oneof(
  fc.constantFrom(
    ...[
      '{',
      '}',
      '{ }',
      '"',
      '"""',
      '\\',
      '"""why"""',
      '#',
      '#\u0001',
      '\u0000',
      '\u000b',
      '\u2028',
      '\uFEFF',
      '\ud800',
      '😀',
    ],
    ...[
      '\\u{41}',
      '\\u{',
      '"\\u{1F600}"',
      '"\\ud800"',
      '"\\ud83d\\ude00"',
      '01',
      '1a',
      '1.',
      '.5',
      '-',
      '0x1F',
      '1e',
      '...',
      '..',
    ],
    ...[
      '$',
      '$a',
      '&',
      '|',
      '!',
      '@',
      '@a',
      '=',
      ':',
      '(',
      ')',
      '()',
      '[',
      ']',
      '[]',
      "'",
      'on',
      'extend',
      'type',
      'schema',
    ],
    ...[
      'query',
      'mutation',
      'fragment',
      'subscription',
      'fragment on on on {a}',
      'fragment A($a: Int) on T {a}',
      '...A(a: 1)',
    ],
    ...[
      'query ($a: Int = {a: $b}) {a}',
      'extend type A { b: C }',
      '"" type A',
      'directive @a on QUERY',
      'type A',
      '{a(b: {})}',
      'true',
    ],
  ),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

const shortDocuments = fc.constantFrom(
  '{ flow }',
  '{ flow(id: 1, text: "text", list: [1.5 -2]) }',
  'query First($yes: Boolean = true) { ...A flow(text: """text""") }\nfragment A on Query { both }',
  '# comment\nmutation { a: both(where: { id: { _eq: $yes } }) @skip(if: false) { id } } # comment',
);

/** Texts that are nearly GraphQL: pieces cut out and put in, where parsers may differ. */
export const mutatedDocuments = fc
  .tuple(
    fc.oneof(shortDocuments, shortDocuments, documents),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(4), splices), { minLength: 1, maxLength: 3 }),
  )
  .map(([text, edits]) =>
    edits.reduce((before, [place, cut, insert]) => {
      const at = Math.floor(place * before.length);
      return before.slice(0, at) + insert + before.slice(at + cut);
    }, text),
  );
