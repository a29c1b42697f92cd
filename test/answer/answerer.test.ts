import test from 'ava';
import { createAnswerer } from '../../src/answer/answerer.ts';
import { defaultGraphqlBounds } from '../../src/authorization/graphql-bounds.ts';
import { readGraphqlRequest } from '../../src/authorization/graphql-operations.ts';
import { compilePolicy } from '../../src/authorization/policy.ts';
import { isDenial } from '../../src/denial.ts';
import { cost } from '../authorization/cost.ts';
import { graphqlPost } from '../authorization/original-request.ts';

const tenant = { id: 't1', name: 'Data platform', slug: 'data-platform' };
const principal = { userId: 'alice', keyId: 'k1', scopes: '*', policy: compilePolicy('*', {}) };
const answerer = createAnswerer({ tenant, askPrefect: async () => undefined, splitsBatches: true });

function toAnswerable(body: unknown) {
  const request = readGraphqlRequest(graphqlPost(body), defaultGraphqlBounds);
  if (isDenial(request)) throw new Error(request.message);
  return answerer.toAnswerable({ decision: { outcome: 'allow' }, principal, request });
}

test('a document of many lines that asks who the caller is goes to Prefect as it is', (t) => {
  const filler = 'hello '.repeat(400);
  t.truthy(toAnswerable({ query: '{ auth_info { tenant_id } }' }));
  t.is(toAnswerable({ query: `{ auth_info { tenant_id } ${filler} }` }), undefined);
});

const tenants = Array.from({ length: 60 }, (_, i) => `a${i}: tenant(where: $w) { id }`).join(' ');
const query = `query($w: tenant_bool_exp) { ${tenants} }`;
const logs = 'x'.repeat(4_500_000);
const costly: readonly (readonly [string, unknown])[] = [
  [
    'many questions about large variables in a text',
    { query, variables: JSON.stringify({ w: { id: { _eq: logs } } }) },
  ],
  [
    'many questions about variables with many keys',
    { query, variables: { w: { id: Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`k${i}`, 1])) } } },
  ],
  [
    'a batch of questions',
    Array.from({ length: 50 }, () => ({ query: `{ auth_info { ${'tenant_id '.repeat(190)} } hello }` })),
  ],
];
for (const [what, body] of costly) {
  test.serial(`${what} cost less than 50 ms to tell apart`, (t) => {
    const request = readGraphqlRequest(graphqlPost(body), defaultGraphqlBounds);
    if (isDenial(request)) throw new Error(request.message);
    const verdict = { decision: { outcome: 'allow' }, principal, request } as const;
    const spent = cost(() => answerer.toAnswerable(verdict), 50);
    t.true(spent < 50, `${spent} ms`);
  });
}
