import test from 'ava';
import type { AccessRequest, OriginalRequest } from '../../../src/authorization/access-request.ts';
import { type Denial, isDenial } from '../../../src/authorization/denial.ts';
import { defaultGraphqlBounds, type GraphqlBounds } from '../../../src/requests/graphql/graphql-bounds.ts';
import { readGraphqlRequest } from '../../../src/requests/graphql/graphql-operations.ts';
import { cost } from '../cost.ts';
import { graphqlGet, graphqlPost } from '../original-request.ts';

function read(original: OriginalRequest, bounds: Partial<GraphqlBounds> = {}): AccessRequest | Denial {
  return readGraphqlRequest(original, { ...defaultGraphqlBounds, ...bounds });
}

function operations(query: string): readonly string[] {
  const request = read(graphqlPost({ query }));
  return isDenial(request) ? [request.reason] : request.operations;
}

const documents: readonly (readonly [string, string, readonly string[]])[] = [
  ['a shorthand query', '{ hello }', ['query/hello']],
  ['the documents of the command line', 'query { auth_info { tenant_id } }', ['query/auth_info']],
  ['several root fields', 'query { flow { id } flow_run { id } flow { name } }', ['query/flow', 'query/flow_run']],
  ['a mutation', 'mutation($i: x!) { create_flow_run(input: $i) { id } }', ['mutation/create_flow_run']],
  ['an alias', '{ hello: flow { hello } }', ['query/flow']],
  ['skipped fields', '{ a @skip(if: true) b @include(if: false) }', ['query/a', 'query/b']],
  ['every operation, named or not', 'query A { a } mutation B { b }', ['query/a', 'mutation/b']],
  ['a named fragment', '{ ...F } fragment F on query_root { flow { id } }', ['query/flow']],
  ['a fragment in a mutation', 'mutation { ...F } fragment F on M { delete_flow }', ['mutation/delete_flow']],
  ['inline fragments', '{ ... on Q { ... @skip(if: true) { ... { flow } } } }', ['query/flow']],
  [
    'fragments within fragments',
    '{ ...A } fragment A on Q { ...B a } fragment B on Q { b ...C } fragment C on Q { c }',
    ['query/b', 'query/c', 'query/a'],
  ],
  ['a fragment of both kinds', 'query A { ...F } mutation B { ...F } fragment F on X { f }', ['query/f', 'mutation/f']],
  [
    'introspection',
    '{ __schema { types { name } } __type(name: "flow") { name } }',
    ['query/__schema', 'query/__type'],
  ],
  ['__typename beside a field', '{ __typename a: __typename flow { __typename } }', ['query/flow']],
  ['__typename alone', '{ __typename }', ['query/__typename']],
  ['__typename alone in a mutation', 'mutation { __typename }', ['query/__typename']],
  ['a fragment that is not spread', '{ a } fragment F on Q { b }', ['query/a']],
  [
    'comments, commas and text that look like operations',
    '#{ x }\n{,a(s: "mutation { delete_flow }", b: """{ y }"""),}',
    ['query/a'],
  ],
  [
    'the name of a keyword',
    '{ query mutation fragment on: on }',
    ['query/query', 'query/mutation', 'query/fragment', 'query/on'],
  ],
];
for (const [what, query, expected] of documents) {
  test(`root fields are read through ${what}`, (t) => {
    t.deepEqual(operations(query), expected);
  });
}

test('a batch needs what all its documents need', (t) => {
  const request = read(graphqlPost([{ query: '{ a b }' }, { query: 'mutation { c }' }, { query: '{ b d }' }]));
  t.like(request, { operations: ['query/a', 'query/b', 'mutation/c', 'query/d'] });
});

test('operation names and variables are kept as they were sent, document by document', (t) => {
  const first = { query: 'mutation M { a }', operationName: 'M', variables: { input: { secret: 1 } } };
  const second = { query: '{ b }', variables: 'null' };
  t.like(read(graphqlPost([first, second, { query: '{ c }', operationName: null, variables: null, extensions: {} }])), {
    graphql: {
      isBatch: true,
      items: [
        { ...first, operations: ['mutation/a'] },
        { ...second, operationName: undefined, operations: ['query/b'] },
        { query: '{ c }', operationName: undefined, variables: undefined, operations: ['query/c'] },
      ],
    },
  });
});

test('the operation name chooses nothing: all operations of the document are needed', (t) => {
  const query = 'query Harmless { hello } mutation Other { delete_flow }';
  t.like(read(graphqlPost({ query, operationName: 'Harmless' })), {
    operations: ['query/hello', 'mutation/delete_flow'],
  });
});

test('a document in the URL is read like one in a body', (t) => {
  const target = `/graphql?query=${encodeURIComponent('query A { flow { id } }')}&operationName=A&variables=%7B%7D`;
  t.like(read(graphqlGet(target)), {
    operations: ['query/flow'],
    graphql: { isBatch: false, items: [{ operationName: 'A', variables: '{}' }] },
  });
  t.like(read(graphqlGet('/?query=%7B+hello+%7D')), { operations: ['query/hello'] });
  t.like(read(graphqlGet('/?qu%65ry=%7Bhello%7D')), { operations: ['query/hello'] });
});

for (const contentType of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
  test(`${contentType} is read`, (t) => {
    t.like(read(graphqlPost({ query: '{ a }' }, { contentType })), { operations: ['query/a'] });
  });
}

const ok = { query: '{ hello }' };
const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const inUrl = '/graphql?query=%7Bhello%7D';

const unsupported: readonly (readonly [string, OriginalRequest, RegExp])[] = [
  ['a subscription', graphqlPost({ query: 'subscription { flow_run { id } }' }), /subscriptions/],
  ['a subscription beside a query', graphqlPost({ query: 'query A { a } subscription B { b }' }), /subscriptions/],
  ['a persisted query', graphqlPost({ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }), /persisted/],
  ['a persisted query with its text', graphqlPost({ ...ok, extensions: { persistedQuery: {} } }), /persisted/],
  ['extensions in a text', graphqlPost({ ...ok, extensions: '{"persistedQuery":{}}' }), /persisted/],
  ['a persisted query in the URL', graphqlGet('/graphql?extensions=%7B%22persistedQuery%22%3A%7B%7D%7D'), /persisted/],
  ['a persisted query in a batch', graphqlPost([ok, { extensions: { persistedQuery: {} } }]), /persisted/],
  ['a key that GraphQL does not know', graphqlPost({ ...ok, id: 'ab' }), /no keys but/],
  ['a key named __proto__', graphqlPost('{"query":"{a}","__proto__":{"query":"{b}"}}'), /no keys but/],
  ['a parameter that GraphQL does not know', graphqlGet(`${inUrl}&id=ab`), /no keys but/],
  ['no content type', graphqlPost(ok, { contentType: undefined }), /Content-Type/],
  [
    'a document in the URL and a body',
    graphqlGet(inUrl, { body: Buffer.from('{}'), contentLength: '2' }),
    /not in both/,
  ],
  ['a document in the URL and a body that is not shown', graphqlGet(inUrl, { contentLength: '2' }), /not in both/],
  ['a body beside a document in the URL', graphqlPost(ok, { target: inUrl }), /without a query string/],
  ['a WebSocket', graphqlGet(inUrl, { isWebSocket: true }), /WebSocket/],
  ['a compressed body', graphqlPost(ok, { contentEncoding: 'gzip' }), /Content-Encoding/],
  ['a type definition', graphqlPost({ query: '{ a } type T { a: Int }' }), /type definition/],
  ['a type extension', graphqlPost({ query: '{ a } extend type T { a: Int }' }), /type definition/],
  ['a description', graphqlPost({ query: '"why" query { a }' }), /describes/],
  ['a description of a fragment', graphqlPost({ query: '{ ...F } """why""" fragment F on Q { a }' }), /describes/],
  ['a description of a variable', graphqlPost({ query: 'query("why" $a: Int) { a }' }), /describes/],
  ...['PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'QUERY', 'post'].map(
    (method) => [`the method ${method}`, graphqlPost(ok, { method }), /POST or GET/] as const,
  ),
  ...[
    'text/plain',
    'application/graphql',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16le',
    'application/json; charset=utf-7',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset',
    'application/json, text/plain',
    'application/vnd.api+json',
  ].map(
    (contentType) => [`the content type ${contentType}`, graphqlPost(ok, { contentType }), /Content-Type/] as const,
  ),
];
for (const [what, original, message] of unsupported) {
  test(`${what} is refused as unsupported`, (t) => {
    const denial = read(original);
    t.like(denial, { outcome: 'deny', reason: 'unsupported_request' });
    t.regex(isDenial(denial) ? denial.message : '', message);
  });
}

const unreadable: readonly (readonly [string, OriginalRequest, RegExp, Partial<GraphqlBounds>?])[] = [
  ['an empty body', graphqlPost(''), /JSON does not parse/],
  ['a body that was not shown', graphqlPost('', { contentLength: '20' }), /client_body_buffer_size/],
  ['no JSON', graphqlPost('query { a }'), /JSON does not parse/],
  ['a JSON text', graphqlPost('"{ a }"'), /JSON object/],
  ['null', graphqlPost('null'), /JSON object/],
  ['an empty batch', graphqlPost([]), /batch/],
  ['a batch in a batch', graphqlPost([[ok]]), /JSON object/],
  ['a batch that holds null', graphqlPost([ok, null]), /JSON object/],
  ['no query', graphqlPost({}), /no text/],
  ['no query in the URL', graphqlGet('/graphql'), /no text/],
  ['a query that is a list', graphqlPost({ query: ['{ a }'] }), /no text/],
  ['a query that is an object', graphqlPost({ query: { toString: '{ a }' } }), /no text/],
  ['a query of null', graphqlPost({ query: null }), /no text/],
  ['an operation name that is a list', graphqlPost({ ...ok, operationName: ['A'] }), /operationName/],
  ['variables in a list', graphqlPost({ ...ok, variables: [] }), /variables/],
  ['variables that are a number', graphqlPost({ ...ok, variables: 1 }), /variables/],
  ['duplicate keys', graphqlPost('{"query":"{hello}","query":"mutation{delete_flow}"}'), /same key/],
  ['duplicate keys, one of them escaped', graphqlPost('{"qu\\u0065ry":"{hello}","query":"{flow}"}'), /same key/],
  ['a parameter that stands twice', graphqlGet(`${inUrl}&query=%7Bflow%7D`), /twice/],
  ['a parameter that stands twice, once encoded', graphqlGet(`${inUrl}&qu%65ry=%7Bflow%7D`), /twice/],
  ['a parameter that is not UTF-8', graphqlGet(`${inUrl}%ff`), /UTF-8/],
  ['a bracket in the query string', graphqlGet('/graphql?query[]=%7Bhello%7D'), /percent-encoded/],
  ['a raw bracket in a value', graphqlGet('/graphql?query={a(b:[1]=2)}'), /percent-encoded/],
  ['a fragment of the URL', graphqlGet(`${inUrl}#&query=x`), /percent-encoded/],
  ['an empty document', graphqlPost({ query: '' }), /does not parse/],
  ['a document of comments', graphqlPost({ query: '# { a }' }), /does not parse/],
  ['a syntax error', graphqlPost({ query: '{ a(secret: "pfa_abc" }' }), /line 1, column 23/],
  ['an empty selection', graphqlPost({ query: '{ }' }), /does not parse/],
  ['an empty inner selection', graphqlPost({ query: '{ a { } }' }), /does not parse/],
  ['no operation', graphqlPost({ query: 'fragment F on Q { a }' }), /no operation/],
  ['a cycle', graphqlPost({ query: '{ ...F } fragment F on Q { a ...F }' }), /contains itself/],
  [
    'a cycle of three',
    graphqlPost({ query: '{ a ...A } fragment A on Q { ...B } fragment B on Q { ...C } fragment C on Q { ...A }' }),
    /contains itself/,
  ],
  [
    'a cycle below the root',
    graphqlPost({ query: '{ a { ...F } } fragment F on T { b { ...F } }' }),
    /contains itself/,
  ],
  ['an undefined fragment', graphqlPost({ query: '{ a ...F }' }), /not defined/],
  ['an undefined fragment below the root', graphqlPost({ query: '{ a { ...toString } }' }), /not defined/],
  [
    'a fragment that is defined twice',
    graphqlPost({ query: '{ ...F } fragment F on Q { a } fragment F on Q { b }' }),
    /twice/,
  ],
  ['an escape that Prefect 1 cannot read', graphqlPost({ query: '{ a(b: "\\u{61}") }' }), /escape/],
  ['a control character', graphqlPost({ query: '{ a } #\u0001 \n' }), /control character/],
  ['a lone surrogate', graphqlPost('{"query":"{ a(b: \\"\\ud800\\") }"}'), /does not parse/],
  ['too many bytes', graphqlPost(ok), /GRAPHQL_MAX_BYTES/, { bytes: 20 }],
  ['too many bytes in the URL', graphqlGet(inUrl), /GRAPHQL_MAX_BYTES/, { bytes: 10 }],
  ['too many characters', graphqlPost(ok), /GRAPHQL_MAX_CHARACTERS/, { characters: 8 }],
  ['too many characters in a batch', graphqlPost([ok, ok]), /GRAPHQL_MAX_CHARACTERS/, { characters: 17 }],
  ['a batch that is too long', graphqlPost([ok, ok, ok]), /GRAPHQL_MAX_BATCH/, { batch: 2 }],
  ['too many tokens', graphqlPost({ query: '{ a b c }' }), /GRAPHQL_MAX_TOKENS/, { tokens: 4 }],
  ['too many tokens in a batch', graphqlPost([ok, ok]), /GRAPHQL_MAX_TOKENS/, { tokens: 5 }],
  ['too many comments', graphqlPost({ query: '{ a #\n#\n#\n#\n#\n }' }), /GRAPHQL_MAX_TOKENS/, { tokens: 4 }],
  ['too deep a document', graphqlPost({ query: '{ a { b { c { d } } } }' }), /GRAPHQL_MAX_DEPTH/, { depth: 3 }],
  [
    'too deep a document by fragments',
    graphqlPost({ query: '{ a { ...A } } fragment A on T { b { c } }' }),
    /GRAPHQL_MAX_DEPTH/,
    { depth: 3 },
  ],
  [
    'too deep a document by a fragment seen higher up',
    graphqlPost({ query: '{ ...A a { a { ...A } } } fragment A on T { b { c } }' }),
    /GRAPHQL_MAX_DEPTH/,
    { depth: 4 },
  ],
  [
    'too many root fields',
    graphqlPost({ query: '{ a b: a ...F } fragment F on Q { c }' }),
    /GRAPHQL_MAX_ROOT_FIELDS/,
    { rootFields: 2 },
  ],
  ['too many root fields in a batch', graphqlPost([ok, ok, ok]), /GRAPHQL_MAX_ROOT_FIELDS/, { rootFields: 2 }],
  ['too many aliases', graphqlPost({ query: '{ a { b: c d: e f: g } }' }), /GRAPHQL_MAX_ALIASES/, { aliases: 2 }],
  [
    'aliases that fragments multiply',
    graphqlPost({
      query: `{ ...F0 } ${many(25, (i) => `fragment F${i} on T { a { ...F${i + 1} } b: a { ...F${i + 1} } }`)} fragment F25 on T { a }`,
    }),
    /GRAPHQL_MAX_ALIASES/,
    { depth: 100 },
  ],
  [
    'brackets that would exhaust the stack',
    graphqlPost({ query: `{ a(b: ${'['.repeat(49_000)}` }),
    /nested too deeply/,
  ],
  ['braces that would exhaust the stack', graphqlPost({ query: '{a'.repeat(20_000) }), /nested too deeply/],
];
for (const [what, original, message, bounds] of unreadable) {
  test(`${what} is refused as unreadable`, (t) => {
    const denial = read(original, bounds);
    t.like(denial, { outcome: 'deny', reason: 'unreadable_request' });
    t.regex(isDenial(denial) ? denial.message : '', message);
  });
}

test('a bound is the last size that passes', (t) => {
  const bounds = { batch: 2, characters: 30, tokens: 14, depth: 3, rootFields: 2, aliases: 1 };
  const batch = [{ query: '{ a: b { c { d } } }' }, ok];
  t.like(read(graphqlPost(batch), bounds), { operations: ['query/b', 'query/hello'] });
});

test('a refusal does not quote the document', (t) => {
  const denial = read(graphqlPost({ query: '{ a(key: "pfa_secret" "pfa_other") }' }));
  t.false(JSON.stringify(denial).includes('pfa_'));
});

const hostile: readonly (readonly [string, string])[] = [
  [
    'fragments spread N times in N operations',
    `${many(3000, (i) => `query Q${i} { ...F0 }`)} ${many(25, (i) => `fragment F${i} on Q { ...F${i + 1} a }`)} fragment F25 on Q { b }`,
  ],
  [
    'fragments that spread all later fragments',
    many(300, (i) => `fragment F${i} on Q { ${many(80, (j) => `...F${i + j + 1}`)} a }`),
  ],
  ['one fragment spread many times', `{ ${'...F '.repeat(20_000)} } fragment F on Q { ${'a '.repeat(5_000)} }`],
  ['aliases of one field', `{ ${many(1999, (i) => `a${i}: a`)} }`],
  ['a long text of escapes', `{ a(b: "${'\\u0041\\"'.repeat(60_000)}") }`],
  ['a long text of backslashes', `{ a(b: "${'\\\\'.repeat(240_000)}") }`],
];
for (const [what, query] of hostile) {
  test.serial(`${what} cost less than 50 ms`, (t) => {
    const original = graphqlPost({ query });
    const spent = cost(() => read(original), 50);
    t.true(spent < 50, `${spent} ms`);
  });
}

const OVERRIDE = 'mutation/override_job_variables';
const runConfigs: readonly (readonly [what: string, query: string, variables: unknown, overrides: boolean])[] = [
  [
    'no run_config',
    'mutation($input: I!) { create_flow_run(input: $input) { id } }',
    { input: { flow_id: '1' } },
    false,
  ],
  [
    'none in a text',
    'mutation($input: I!) { create_flow_run(input: $input) { id } }',
    '{"input": {"flow_id": "1"}}',
    false,
  ],
  ['a run_config of null', 'mutation { create_flow_run(input: { run_config: null }) { id } }', undefined, false],
  [
    'a variable that is not given',
    'mutation($r: JSON) { create_flow_run(input: { run_config: $r }) { id } }',
    {},
    false,
  ],
  [
    'a variable of null',
    'mutation($r: JSON) { create_flow_run(input: { run_config: $r }) { id } }',
    { r: null },
    false,
  ],
  [
    'a run_config of another mutation',
    'mutation { set_flow_group_run_config(input: { run_config: {} }) { id } }',
    {},
    false,
  ],
  ['a literal', 'mutation { create_flow_run(input: { run_config: { env: { A: "b" } } }) { id } }', undefined, true],
  ['an alias', 'mutation { a: create_flow_run(input: { run_config: {} }) { id } }', undefined, true],
  [
    'a fragment',
    'mutation { ...F } fragment F on M { create_flow_run(input: { run_config: 1 }) { id } }',
    undefined,
    true,
  ],
  [
    'a whole input',
    'mutation($i: I!) { create_flow_run(input: $i) { id } }',
    { i: { run_config: { type: 'x' } } },
    true,
  ],
  [
    'a whole input in a text',
    'mutation($i: I!) { create_flow_run(input: $i) { id } }',
    '{"i": {"run_config": {}}}',
    true,
  ],
  [
    'an escaped key in a text',
    'mutation($i: I!) { create_flow_run(input: $i) { id } }',
    '{"i": {"run\\u005fconfig": {}}}',
    true,
  ],
  [
    'a key that stands twice',
    'mutation($i: I!) { create_flow_run(input: $i) { id } }',
    '{"i": {"run_config": null, "run_config": {}}}',
    true,
  ],
  [
    'a variable',
    'mutation($r: JSON) { create_flow_run(input: { run_config: $r }) { id } }',
    { r: { type: 'x' } },
    true,
  ],
  [
    'a variable in a text that is too long to be read',
    'mutation($r: JSON) { create_flow_run(input: { run_config: $r }) { id } }',
    JSON.stringify({ r: { env: { A: 'b'.repeat(20_000) } } }),
    true,
  ],
  [
    'a variable in a text that holds a key twice',
    'mutation($r: JSON) { create_flow_run(input: { run_config: $r }) { id } }',
    '{"r": null, "r": {}}',
    true,
  ],
  ['a default', 'mutation($r: JSON = { a: 1 }) { create_flow_run(input: { run_config: $r }) { id } }', {}, true],
  ['a default of the input', 'mutation($i: I = { run_config: 1 }) { create_flow_run(input: $i) { id } }', {}, true],
];
for (const [what, query, variables, overrides] of runConfigs) {
  test(`a run of Prefect 1 with ${what} ${overrides ? 'overrides' : 'keeps'} what its agent executes`, (t) => {
    for (const body of [{ query, variables }, [{ query: '{ hello }' }, { query, variables }]]) {
      const request = read(graphqlPost(body)) as AccessRequest;
      t.is(request.operations.includes(OVERRIDE), overrides);
      t.is(request.graphql?.items.at(-1)?.operations.includes(OVERRIDE), overrides, 'and so is its document');
      t.is(request.asides?.get(OVERRIDE)?.field, overrides ? 'run_config' : undefined);
    }
  });
}

test('what is held against every scope is bounded: different fields of each document, and their names', (t) => {
  const fields = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `f${from + at}`).join(' ');
  const reasonOf = (body: unknown) => {
    const request = read(graphqlPost(body));
    return isDenial(request) ? request.reason : request.operations.length;
  };
  t.is(reasonOf({ query: `{ ${fields(200)} }` }), 200);
  t.is(reasonOf({ query: `{ ${fields(201)} }` }), 'unreadable_request');
  t.is(reasonOf(Array.from({ length: 40 }, () => ({ query: `{ ${fields(5)} }` }))), 5);
  t.is(reasonOf(Array.from({ length: 41 }, () => ({ query: `{ ${fields(5)} }` }))), 'unreadable_request');
  t.is(reasonOf({ query: `{ ${Array.from({ length: 1_999 }, (_, at) => `a${at}: flow`).join(' ')} }` }), 1);
  t.is(reasonOf({ query: `{ ${'x'.repeat(194)} }` }), 1);
  t.is(reasonOf({ query: `{ ${'x'.repeat(195)} }` }), 'unsupported_request');
});
