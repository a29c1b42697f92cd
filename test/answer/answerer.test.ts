import test from 'ava';
import { createAnswerer } from '../../src/answer/answerer.ts';
import { isDenial } from '../../src/authorization/denial.ts';
import { compilePolicy } from '../../src/authorization/policy.ts';
import { mergeAnswers } from '../../src/prefect/merge-answers.ts';
import { defaultGraphqlBounds } from '../../src/requests/graphql/graphql-bounds.ts';
import { readGraphqlRequest } from '../../src/requests/graphql/graphql-operations.ts';
import { cost } from '../requests/cost.ts';
import { graphqlPost } from '../requests/original-request.ts';

const tenant = { id: 't1', name: 'Data platform', slug: 'data-platform' };
const principal = {
  userId: 'alice',
  credential: { kind: 'key' as const, id: 'k1' },
  scopes: '*',
  policy: compilePolicy('*', {}),
};
const askPrefect = async (documents: readonly unknown[]) => ({
  status: 200,
  answer: Buffer.from(JSON.stringify(documents.map(() => ({ data: {} })))),
});
const answerer = createAnswerer({ tenant, askPrefect, mergeAnswers, splitsBatches: true });

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

const batchOf = (text: string) => Array.from({ length: 50 }, () => ({ query: text }));
const fill = (begin: string, part: string, end: string) =>
  begin + part.repeat(Math.floor((1_990 - begin.length - end.length) / part.length)) + end;
for (const [what, text, times = 49] of [
  ['fields', fill('{ auth_info { ', 'user_id ', '} }')],
  ['root fields', fill('{ ', 'auth_info{user_id}', ' }'), 18],
  [
    'fields in fragments',
    fill('{auth_info{...A}} fragment A on auth_info{user_id ...B} fragment B on auth_info{', 'user_id ', '}'),
  ],
  ['inline fragments', fill('{auth_info{', '...{user_id}', '}}'), 30],
  ['directives', fill('{auth_info{user_id', ' @skip(if:false)', '}}'), 23],
] as const) {
  test.serial(`a batch that asks who the caller is with many ${what} costs less than 25 ms to answer`, (t) => {
    const answerable = toAnswerable([...batchOf(text).slice(0, times), { query: '{ auth_info { user_id } }' }]);
    const spent = cost(() => void (answerable && answerer.answer(answerable, {})), 25);
    t.true(spent < 25, `${spent} ms`);
  });
}

test('of a batch the first documents that ask who the caller is are answered', async (t) => {
  const long = `{ auth_info { ${'user_id '.repeat(100)} } }`;
  const answerable = toAnswerable([{ query: '{ auth_info { user_id } }' }, { query: long }, { query: long }]);
  const { body } = await answerer.answer(answerable ?? t.fail('it is ours'), {});
  const mine = { data: { auth_info: { user_id: 'alice' } } };
  t.deepEqual(JSON.parse(body.toString()), [mine, mine, { data: {} }]);
});
