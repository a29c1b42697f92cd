import test from 'ava';
import fc from 'fast-check';
import { parseJson } from '../../src/authorization/json.ts';

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
