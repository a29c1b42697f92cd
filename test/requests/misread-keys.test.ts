import test from 'ava';
import { hasMisreadKeys } from '../../src/requests/misread-keys.ts';

/** For each text, what this engine may take its escaped key for after it has read the other text. */
const misreadings = [
  [String.raw`{"first":1,"\\u0069nclude_se":1}`, String.raw`{"first":1,"\u0069nclude_secrets":true}`],
  [String.raw`{"second":1,"\\":1}`, String.raw`{"second":1,"\n":true}`],
] as const;

const RIGHT = [
  { first: 1, include_secrets: true },
  { second: 1, '\n': true },
];

test('this Node misreads keys: delete misread-keys.ts when none that the service runs on does', (t) => {
  const read = misreadings.map(([taught, asked]) => {
    for (let time = 0; time < 10; time += 1) JSON.parse(taught);
    return JSON.parse(asked);
  });
  t.notDeepEqual(read, RIGHT, process.versions.v8);
});

for (const [index, [, text]] of misreadings.entries()) {
  test(`a key that is not in the text was misread, and no other: ${text}`, (t) => {
    t.false(hasMisreadKeys(RIGHT[index], text));
    const [name] = Object.keys(RIGHT[index] ?? {});
    for (const key of ['\\', '\\u0069nclude_se', `${name}`, '']) {
      t.true(hasMisreadKeys({ [`${name}x`]: 1, [key]: true }, text), key);
    }
  });
}

test('a key is looked for as often as it is in the text, however deep', (t) => {
  const text = String.raw`{"\u0061":[{"b":1},{"\u0061":"b"}]}`;
  t.false(hasMisreadKeys({ a: [{ b: 1 }, { a: 'b' }] }, text));
  for (const value of [{ a: [{ b: 1 }, { b: 'b' }] }, { a: [{ a: 1 }, { a: 'b' }] }, { b: [{ b: 1 }, { a: 'b' }] }]) {
    t.true(hasMisreadKeys(value, text));
  }
});
