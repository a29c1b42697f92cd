import test from 'ava';
import { isQuick } from '../../src/reading/is-quick.ts';
import { graphqlGet, graphqlPost } from '../requests/original-request.ts';

const quick: Readonly<Record<string, string>> = {
  nothing: '',
  'eight kilobytes of anything': '"\\'.repeat(4_000),
  'one long text': `{"query": "{ flow }", "variables": {"padding": "${'x'.repeat(60_000)}"}}`,
  'a thousand digits in one long text': `["${'x'.repeat(60_000)}"${',1'.repeat(900)}]`,
};
const slow: Readonly<Record<string, string>> = {
  'many digits': `[${'1,'.repeat(30_000)}1]`,
  'many lists in lists': `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  'many short texts': `[${'"",'.repeat(3_000)}""]`,
  'many escapes': `["${'\\u0061'.repeat(2_000)}"]`,
  'many keys': `{${Array.from({ length: 2_000 }, (_, at) => `"k${at}":1`).join()}}`,
  'many texts within a text': JSON.stringify([JSON.stringify(Array(2_000).fill('a'))]),
  'more than 64 kB': 'x'.repeat(66_000),
};

for (const [what, body] of Object.entries(quick)) {
  test(`read here: ${what}`, (t) => t.true(isQuick(graphqlPost(body))));
}
for (const [what, body] of Object.entries(slow)) {
  test(`read elsewhere: ${what}`, (t) => t.false(isQuick(graphqlPost(body))));
}

test('a document in a long URL is read elsewhere', (t) => {
  t.true(isQuick(graphqlGet(`/graphql?query={${'a+'.repeat(4_000)}}`)));
  t.false(isQuick(graphqlGet(`/graphql?query={${'a+'.repeat(5_000)}}`)));
});
