import test from 'ava';
import fc from 'fast-check';
import { escapeHidden, quote, quoteCut } from '../../src/output/quote.ts';

/** Written otherwise than in the code: by their ranges. */
const DANGEROUS: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];
const isDangerous = (code: number) => DANGEROUS.some(([from, to]) => code >= from && code <= to);

test('every character is the same JSON, and none that a terminal obeys or nobody sees stands in it as it is', (t) => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    const quoted = quote(`a${character}b`);
    if (JSON.parse(quoted) !== `a${character}b`) t.fail(`U+${code.toString(16)} is another one`);
    if (isDangerous(code) && !/^[\x20-\x7e]+$/.test(quoted)) t.fail(`U+${code.toString(16)} is not escaped`);
  }
  t.is(quote('Zoë 日本語 😀'), '"Zoë 日本語 😀"');
});

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\ud83d', '\ude00', '\u0085', '\u202e', '\u{e0041}') }),
);

test('every text is the same JSON', (t) => {
  fc.assert(
    fc.property(anyText, (given) => JSON.parse(quote(given)) === given),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(anyText, (given) => JSON.parse(escapeHidden(JSON.stringify([given])))[0] === given),
    { numRuns: 2_000 },
  );
  t.pass();
});

test('what is cut takes no more bytes than it may, and begins as the text does', (t) => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 10, max: 60 }), (given, most) => {
      const text = given.repeat(5);
      const cut = quoteCut(text, most);
      const read = JSON.parse(cut);
      return Buffer.byteLength(cut) <= most && (read === text || text.startsWith(read.slice(0, -1)));
    }),
    { numRuns: 2_000 },
  );
  t.is(quoteCut('short', 60), '"short"');
});
