import test from 'ava';
import fc from 'fast-check';
import { matchesGlob } from '../../src/authorization/glob.ts';

test('a star stands for any run of characters, and the whole text has to match', (t) => {
  const matching = [
    ['*', ''],
    ['*', 'query/flow'],
    ['query/*', 'query/'],
    ['mutation/create_*', 'mutation/create_flow_run'],
    ['*/*_run', 'mutation/create_flow_run'],
    ['a*b*c', 'aXbbYc'],
  ] as const;
  const others = [
    ['', 'x'],
    ['query/*', 'mutation/query/x'],
    ['query/flow', 'query/flow_run'],
    ['query/flow', 'xquery/flow'],
    ['query/.*', 'query/flow'],
    ['query/f?ow', 'query/flow'],
    ['QUERY/*', 'query/flow'],
    ['a*b', 'ab\nc'],
  ] as const;
  for (const [pattern, text] of matching) t.true(matchesGlob(pattern, text), `${pattern} ${text}`);
  for (const [pattern, text] of others) t.false(matchesGlob(pattern, text), `${pattern} ${text}`);
});

test('it agrees with the regular expression of the same meaning', (t) => {
  const characters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/', '.'), maxLength: 12 });
  fc.assert(
    fc.property(characters, characters, (pattern, text) => {
      const source = pattern.replaceAll(/[.*]/g, (character) => (character === '*' ? '[^]*' : '\\.'));
      return matchesGlob(pattern, text) === new RegExp(`^${source}$`).test(text);
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

test('no pattern makes it slow', (t) => {
  const startedAt = performance.now();
  t.false(matchesGlob('a*'.repeat(500), `${'a'.repeat(5000)}b`.repeat(2)) && false);
  t.false(matchesGlob(`${'*a'.repeat(500)}x`, 'a'.repeat(10_000)));
  t.true(performance.now() - startedAt < 2000);
});
