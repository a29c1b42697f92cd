import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { parseJson } from '../../src/requests/json.ts';
import { cost } from './cost.ts';

test('what JSON can say is read as JSON.parse reads it', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      t.deepEqual(parseJson(text), { value: JSON.parse(text) });
    }),
    { numRuns: 1000 },
  );
});

test('the same key in two objects, and a key that is a value elsewhere, are no duplicates', (t) => {
  const text = '[{"a":"a","b":{"a":["a","a"]}},{"a":{"\\"":1,"\\\\":2,"a\\"":3}}]';
  t.deepEqual(parseJson(text), { value: JSON.parse(text) });
});

const duplicates = [
  '{"query":1,"query":2}',
  '{"query":1,"qu\\u0065ry":2}',
  '{"qu\\u0065ry":1,"query":2}',
  '{"a":{"b":1},"c":[],"a":{"b":1}}',
  '[[{"x":{"deep":[{"k":1,"l":"k","k":2}]}}]]',
  '{"\\"":1,"\\u0022":2}',
  '{"":1,"":2}',
  '{ "a" : "}" , "b" : "{" , "a" : 1 }',
  '{"\\/":1,"/":2}',
  '{"__proto__":1,"__proto__":2}',
];
for (const text of duplicates) {
  test(`a key that stands twice in one object is refused: ${text}`, (t) => {
    t.like(parseJson(text), { outcome: 'deny', reason: 'unreadable_request' });
  });
}

/** JSON as a writer might put it who does not care for his keys: objects are lists of pairs, names may be escaped. */
type Written = string | number | readonly Written[] | { readonly pairs: readonly Pair[] };
type Pair = readonly [name: string, escapes: boolean, value: Written];

const NAMES = ['a', 'b', 'ab', ':', '"', '\\', '\\u0061', '\\u00', '\\"', 'ä', '__proto__'];
const written = fc.letrec<{ tree: Written }>((tie) => {
  const pair = fc.tuple(fc.constantFrom(...NAMES), fc.boolean(), tie('tree'));
  return {
    tree: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom<Written>(1, 'a', '"a":1', ',{}[]:', '\\'),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.array(pair, { maxLength: 4 }).map((pairs) => ({ pairs })),
    ),
  };
}).tree;

function write(tree: Written): string {
  if (typeof tree !== 'object') return JSON.stringify(tree);
  if (!('pairs' in tree)) return `[${tree.map(write)}]`;
  return `{${tree.pairs.map(([name, escapes, value]) => `${escapes ? toEscapes(name) : JSON.stringify(name)}:${write(value)}`)}}`;
}

function toEscapes(name: string): string {
  return `"${[...name].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
}

function repeatsName(tree: Written): boolean {
  if (typeof tree !== 'object') return false;
  if (!('pairs' in tree)) return tree.some(repeatsName);
  const names = new Set(tree.pairs.map(([name]) => name));
  return names.size < tree.pairs.length || tree.pairs.some(([, , value]) => repeatsName(value));
}

function toValue(tree: Written): unknown {
  if (typeof tree !== 'object') return tree;
  if (!('pairs' in tree)) return tree.map(toValue);
  return Object.fromEntries(tree.pairs.map(([name, , value]) => [name, toValue(value)]));
}

test('what is read is what was written, however its keys are; an object with a key twice is refused', (t) => {
  const counts = { refused: 0, misread: 0 };
  fc.assert(
    fc.property(written, (tree) => {
      const result = parseJson(write(tree));
      if ('value' in result) return !repeatsName(tree) && isDeepStrictEqual(result.value, toValue(tree));
      counts.refused += 1;
      counts.misread += Number(!repeatsName(tree));
      return true;
    }),
    { numRuns: 5_000 },
  );
  t.true(counts.refused > 500 && counts.refused < 4_500 && counts.misread < 500, JSON.stringify(counts));
});

for (const [taught, asked, expected] of [
  [
    String.raw`{"first":1,"\\u0069nclude_se":1}`,
    String.raw`{"first":1,"\u0069nclude_secrets":true}`,
    { first: 1, include_secrets: true },
  ],
  [String.raw`{"second":1,"\\":1}`, String.raw`{"second":1,"\n":true}`, { second: 1, '\n': true }],
  [String.raw`{"third":1,"\\nx":1}`, String.raw`{"third":1,"\nxy":1}`, { third: 1, '\nxy': 1 }],
] as const) {
  test(`no key is taken for one that somebody sent before: ${asked}`, (t) => {
    for (let time = 0; time < 10; time += 1) parseJson(taught);
    const result = parseJson(asked);
    t.true('outcome' in result || isDeepStrictEqual(result.value, expected));
  });
}

test('keys of other alphabets may be escaped, as Python writes them', (t) => {
  const text = String.raw`{"gr\u00f6\u00dfe":{"\ud83d\ude00":[{"\"":1}]}}`;
  t.deepEqual(parseJson(text), { value: { größe: { '😀': [{ '"': 1 }] } } });
});

test('one key of very many may be escaped', (t) => {
  const text = `{"\\u00f6":0${Array.from({ length: 49_999 }, (_, index) => `,"${index}":0`).join('')}}`;
  t.true('value' in parseJson(text, 300_000));
});

for (const text of [
  '',
  ' ',
  '{',
  '{"a":1,}',
  "{'a':1}",
  'NaN',
  '{"a":Infinity}',
  '"\u0000"',
  '[1]x',
  '\uFEFF{}',
  '"\\"',
  '01',
]) {
  test(`what is not JSON is refused: ${JSON.stringify(text)}`, (t) => {
    t.like(parseJson(text), { outcome: 'deny', reason: 'unreadable_request' });
  });
}

test('nesting is bounded, and a million brackets are refused rather than recursed into', (t) => {
  t.false('outcome' in parseJson('['.repeat(200) + ']'.repeat(200)));
  for (const depth of [201, 1_000_000]) {
    t.like(parseJson('['.repeat(depth) + ']'.repeat(depth)), { reason: 'unreadable_request' });
    t.like(parseJson('{"a":'.repeat(depth) + 1 + '}'.repeat(depth)), { reason: 'unreadable_request' });
  }
});

test('a long text with a colon after a colon costs no more than its length', (t) => {
  const text = `"${'a'.repeat(500_000)}"${':'.repeat(500_000)}\\`;
  t.true(cost(() => parseJson(text), 100) <= 100);
});
