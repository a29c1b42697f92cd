import test from 'ava';
import fc from 'fast-check';
import { maskVariables } from '../../src/audit/mask-variables.ts';
import type { OriginalRequest } from '../../src/authorization/access-request.ts';
import { isDenial } from '../../src/authorization/denial.ts';
import type { AnswerPart } from '../../src/prefect/merge-answers.ts';
import { createRequestReader, type Reading } from '../../src/reading/read-request.ts';
import { createReadingThread } from '../../src/reading/reading-thread.ts';
import { defaultGraphqlBounds } from '../../src/requests/graphql/graphql-bounds.ts';
import { parseJson } from '../../src/requests/json.ts';
import { createAccessRequestReader } from '../../src/requests/read-access-request.ts';
import { prefectRoutes } from '../../src/requests/rest/prefect-routes.ts';
import { bodies } from '../requests/graphql/graphql-bodies.ts';
import { graphqlGet, graphqlPost } from '../requests/original-request.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const options = { apiBasePath: '/api', uiBasePath: '', isOpenapiPublic: false, graphql: defaultGraphqlBounds };
const direct = createAccessRequestReader(prefectRoutes, options);
const thread = createReadingThread(options);
const reader = createRequestReader(options, thread);
test.after.always(() => thread.close());

/** What counts of a reading, however it came about. */
function toComparable(reading: Reading): unknown {
  if (reading === 'public' || isDenial(reading)) return reading;
  const { operations, asides, rest, graphql } = reading;
  const items = graphql?.items.map(({ variables, shownVariables, ...item }) => ({
    ...item,
    variables: toValue(variables),
    shown: item.operations.some((each) => each.startsWith('mutation/'))
      ? (shownVariables ?? maskVariables(variables))
      : undefined,
  }));
  return { operations, asides: asides && [...asides], rest, isBatch: graphql?.isBatch, items };
}

/** The thread sends an object as a text. */
function toValue(variables: unknown): unknown {
  return typeof variables === 'string' ? parseJson(variables) : { value: variables };
}

/** A long text beside the rest makes it one for the thread. */
function padded(body: object, bytes = 70_000): string {
  return JSON.stringify({ ...body, padding: 'x'.repeat(bytes) });
}

const run = `/api/deployments/${ID}/create_flow_run`;
const requests: Readonly<Record<string, OriginalRequest>> = {
  'a run with job variables': graphqlPost(padded({ job_variables: { command: 'x' } }), { target: run }),
  'a run without': graphqlPost(padded({ parameters: { a: 1 } }), { target: run }),
  'a run with a variable in it': graphqlPost(
    padded({ parameters: { x: { __prefect_kind: 'workspace_variable', variable_name: 'token' } } }),
    { target: run },
  ),
  'blocks with secrets': graphqlPost(padded({ include_secrets: true }), { target: '/api/block_documents/filter' }),
  'half of a body': graphqlPost(padded({}).slice(0, -1), { target: run }),
  'no JSON': graphqlPost('x'.repeat(70_000), { target: run }),
  'another length': graphqlPost(padded({}), { target: run, contentLength: '7' }),
  compressed: graphqlPost(padded({}), { target: run, contentEncoding: 'gzip' }),
  'a long document': graphqlPost({
    query: `{ ${Array.from({ length: 2_000 }, (_, at) => `a${at % 99}: flow`).join(' ')} }`,
  }),
  'more aliases than are let in': graphqlPost({ query: `{ ${'a: flow '.repeat(2_100)} }` }),
  'more words than are let in': graphqlPost({ query: `{ ${'flow '.repeat(20_001)} }` }),
  'many variables': graphqlPost({
    query: 'mutation($input: x) { create_flow(input: $input) { id } }',
    variables: { input: Array.from({ length: 5_000 }, (_, id) => ({ id, token: 'secret' })) },
  }),
  'variables in a text': graphqlPost({
    query: 'mutation { create_flow { id } }',
    operationName: 'x',
    variables: JSON.stringify({ input: Array(5_000).fill('a'), password: 'p' }),
  }),
  'a batch': graphqlPost(
    Array.from({ length: 50 }, () => ({ query: `{ flow ${'# padding '.repeat(200)}\n }`, variables: null })),
  ),
  'too many documents': graphqlPost(Array(51).fill({ query: `{ flow ${'# padding '.repeat(200)}\n }` })),
  'a document in a long URL': graphqlGet(`/graphql?query={${'flow+'.repeat(2_000)}}`),
  'a document in the long URL of a route': graphqlGet(`/api/flows/${ID}?query={${'flow+'.repeat(2_000)}}`),
};

for (const [what, original] of Object.entries(requests)) {
  test(`the thread reads what would be read here: ${what}`, async (t) => {
    t.deepEqual(toComparable(await thread.read(original, 'k')), toComparable(direct.read(original)));
    t.deepEqual(toComparable(await reader.read(original, 'k')), toComparable(direct.read(original)));
  });
}

test('whoever reads it, a body is read alike, mutated ones too', async (t) => {
  for (const body of fc.sample(bodies, 1_000)) {
    const original = graphqlPost(body);
    const expected = toComparable(direct.read(original));
    t.deepEqual(toComparable(await reader.read(original, 'k')), expected);
    t.deepEqual(toComparable(await thread.read(original, 'k')), expected);
  }
});

test('a thread that fails fails the request that it reads, and another one reads the next', async (t) => {
  const failing = createReadingThread({ ...options, graphql: undefined as never });
  t.teardown(() => failing.close());
  const readings = ['a', 'a', 'b'].map((asker) => failing.read(graphqlPost('{}'), asker));
  for (const { status } of await Promise.allSettled(readings)) t.is(status, 'rejected');
  const other = createReadingThread(options);
  t.teardown(() => other.close());
  const large = graphqlPost(padded({ job_variables: { a: 1 } }), { target: run });
  t.deepEqual(toComparable(await other.read(large, 'a')), toComparable(direct.read(large)));
});

test('a large answer of Prefect 1 is merged as a small one is, while others go on', async (t) => {
  const parts: AnswerPart[] = [
    { ownKeys: [], isForwarded: true },
    { own: { data: null, errors: [{ message: 'Refused.' }] }, ownKeys: [], isForwarded: false },
    { own: { data: { me: 'alice' } }, ownKeys: ['me'], isForwarded: true },
  ];
  const rows = Array.from({ length: 40_000 }, (_, id) => ({ id, name: 'n'.repeat(100), tags: [1, 2, 3] }));
  for (const flow of [rows.slice(0, 3), rows]) {
    const answer = Buffer.from(JSON.stringify([{ data: { flow } }, { data: { me: null, flow: 1 } }]));
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    const merged = await thread.mergeAnswers({ isBatch: true, parts }, answer, 'alice');
    clearInterval(counting);
    const expected = [{ data: { flow } }, parts[1]?.own, { data: { me: 'alice', flow: 1 } }];
    t.deepEqual(JSON.parse(`${merged}`), expected);
    if (flow === rows) t.true(turns > 10, `others had ${turns} turns`);
  }
});

test('an answer that is none of Prefect 1 is no answer, however large', async (t) => {
  const merging = { isBatch: true, parts: [{ ownKeys: [], isForwarded: true }] };
  const padding = 'x'.repeat(100_000);
  for (const wrong of [[], [1], [{}], [{ data: 1 }, { data: 2 }], {}, padding]) {
    for (const text of [JSON.stringify(wrong), JSON.stringify(wrong) + padding]) {
      t.is(await thread.mergeAnswers(merging, Buffer.from(text), 'alice'), undefined, text.slice(0, 30));
    }
  }
  t.is(await thread.mergeAnswers(merging, undefined, 'alice'), undefined);
});
