import test from 'ava';
import fc from 'fast-check';
import type { OriginalRequest } from '../../../src/authorization/access-request.ts';
import { isDenial } from '../../../src/authorization/denial.ts';
import { defaultGraphqlBounds } from '../../../src/requests/graphql/graphql-bounds.ts';
import { readGraphqlRequest } from '../../../src/requests/graphql/graphql-operations.ts';
import { cost } from '../cost.ts';
import { graphqlGet, graphqlPost } from '../original-request.ts';
import { bodies, runAsApollo } from './graphql-bodies.ts';

const MILLISECONDS = 50;

function timed(original: OriginalRequest): number {
  return cost(() => readGraphqlRequest(original, defaultGraphqlBounds), MILLISECONDS);
}

test('10 000 mutated and random bodies are read quickly, refused, or covered whole', (t) => {
  let allowed = 0;
  let refused = 0;
  fc.assert(
    fc.property(bodies, (body) => {
      const original = graphqlPost(body);
      t.true(timed(original) < MILLISECONDS);
      const request = readGraphqlRequest(original, defaultGraphqlBounds);
      if (isDenial(request)) {
        refused += 1;
        t.false(request.message.includes('\n'));
      } else {
        allowed += 1;
        t.true(request.operations.length > 0);
        t.deepEqual(
          runAsApollo(body).filter((ran) => !request.operations.some((operation) => operation === ran)),
          [],
        );
      }
    }),
    { numRuns: 10_000 },
  );
  t.true(allowed > 1000 && refused > 4000, `${allowed} were read, ${refused} refused`);
});

test('random query strings are read quickly, refused, or covered', (t) => {
  const pieces = fc.constantFrom(
    'query=',
    '&',
    '%7B',
    '%7b+flow+%7D',
    '{flow}',
    '%',
    '%ff',
    '[]',
    '=',
    'variables={}',
    '?',
    '#',
    ';',
    'a',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 12 }), (parts) => {
      const original = graphqlGet(`/graphql?query=${parts.join('')}`);
      t.true(timed(original) < MILLISECONDS);
      const request = readGraphqlRequest(original, defaultGraphqlBounds);
      t.true(isDenial(request) || request.operations.length > 0);
    }),
    { numRuns: 5000 },
  );
});

const members = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));
const large: readonly (readonly [string, string])[] = [
  ['an endless list', `[${'{},'.repeat(1_600_000)}{}]`],
  ['an endless object', `{${members(300_000, (i) => `"k${i}":1`)}}`],
  ['an endless object with escaped keys', `{${members(200_000, (i) => `"\\u0041${i}":1`)}}`],
  [
    'the logs of a flow run, as Prefect sends them',
    JSON.stringify({
      query: 'mutation { a }',
      variables: JSON.stringify({
        logs: members(15_000, (i) => `a "log" line of some length, number ${i}`).map((message) => ({
          message,
          level: 'INFO',
          name: 'prefect',
        })),
      }),
    }),
  ],
  ['a long text of escapes', `{"query":"${'\\\\u0041'.repeat(700_000)}"}`],
  ['a long text of backslashes', `{"query":"${'\\\\'.repeat(2_500_000)}"}`],
  ['unclosed strings', `${'"\\'.repeat(2_500_000)}`],
  ['unclosed brackets', '['.repeat(5_000_000)],
];
for (const [what, body] of large) {
  test.serial(`${what} of ${(body.length / 1e6).toFixed(1)} MB is judged in less than ${MILLISECONDS} ms`, (t) => {
    const spent = timed(graphqlPost(body));
    t.true(spent < MILLISECONDS, `${spent} ms`);
  });
}
