import test from 'ava';
import fc from 'fast-check';
import { quote } from '../src/quote.ts';

test('every character is written as JSON writes it', (t) => {
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code);
    if (quote(`a${character}b`) !== JSON.stringify(`a${character}b`)) t.fail(`U+${code.toString(16)}`);
  }
  t.pass();
});

test('every text is written as JSON writes it', (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\ud83d', '\ude00') }),
  );
  fc.assert(
    fc.property(text, (given) => quote(given) === JSON.stringify(given)),
    { numRuns: 2_000 },
  );
  t.pass();
});
