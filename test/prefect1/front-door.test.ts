import { createHash } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import anyTest, { type TestFn } from 'ava';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { type Apollo, type ApolloVersion, startApollo } from './apollo.ts';
import { post, type Sent, send } from './send.ts';

interface FrontDoor {
  readonly apollo: Apollo;
  readonly service: RunningService;
  readonly nginx: Nginx;
  readonly keys: Readonly<Record<'viewer' | 'operator' | 'devops', string>>;
}

const test = anyTest as TestFn<Record<ApolloVersion, FrontDoor>>;
const versions = ['2.15', '2.25'] as const;

test.before(async (t) => {
  t.timeout(300_000, 'npm ci of the Apollo that Prefect 1 ran');
  for (const version of versions) t.context[version] = await openFrontDoor(version);
});

test.after.always(async (t) => {
  for (const { nginx, service, apollo } of Object.values(t.context)) {
    await nginx.stop();
    await service.stop();
    await apollo.stop();
  }
});

async function openFrontDoor(version: ApolloVersion): Promise<FrontDoor> {
  const apollo = await startApollo(version);
  const service = await startService();
  const nginx = await startNginx({ auth: new URL(service.url).host, prefect: apollo.address });
  const viewer = await service.issue('query/*');
  const operator = await service.issue(
    'mutation/create_flow_run, mutation/cancel_flow_run, mutation/set_flow_run_states',
  );
  const devops = await service.issue('mutation/*');
  return { apollo, service, nginx, keys: { viewer: viewer.key, operator: operator.key, devops: devops.key } };
}

type Who = keyof FrontDoor['keys'];

const deleteFlow = 'mutation { delete_flow(input: {}) { success } }';
const hash = createHash('sha256').update(deleteFlow).digest('hex');
const persistedQuery = { persistedQuery: { version: 1, sha256Hash: hash } };
const persistedFlows = {
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update('{ flow { id } }').digest('hex') },
};
const query = (text: string) => encodeURIComponent(text);
const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const as = (contentType: string, body: string | Buffer, ...more: string[]): Sent => ({
  headers: ['Content-Type', contentType, ...more],
  body,
});
const json = JSON.stringify({ query: deleteFlow });
const form = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const multipart = `${form('operations', json)}${form('map', '{}')}--x--\r\n`;

/** What is refused to the key, and whether each Apollo runs something of it when it is not asked first. */
const refused: readonly (readonly [string, Who, Sent, { readonly runs: readonly ApolloVersion[] }])[] = [
  ['a mutation', 'viewer', post({ query: deleteFlow }), { runs: versions }],
  [
    'a mutation beside a query in a batch',
    'viewer',
    post([{ query: '{ hello }' }, { query: deleteFlow }]),
    { runs: versions },
  ],
  [
    'a mutation chosen by operationName',
    'viewer',
    post({ query: `query A { hello } mutation B { delete_flow { success } }`, operationName: 'B' }),
    { runs: versions },
  ],
  [
    'a query chosen by operationName beside a mutation',
    'viewer',
    post({ query: `query A { hello } mutation B { delete_flow { success } }`, operationName: 'A' }),
    { runs: versions },
  ],
  ['duplicate keys', 'viewer', post(`{"query":"{hello}","query":${JSON.stringify(deleteFlow)}}`), { runs: versions }],
  [
    'duplicate keys, one of them escaped',
    'viewer',
    post(`{"query":"{hello}","qu\\u0065ry":${JSON.stringify(deleteFlow)}}`),
    { runs: versions },
  ],
  [
    'a mutation in a named fragment',
    'viewer',
    post({ query: 'mutation { ...F } fragment F on Mutation { delete_flow { success } }' }),
    { runs: versions },
  ],
  [
    'a mutation in nested fragments',
    'operator',
    post({
      query:
        'mutation { ... on Mutation { ... { ...F } } } fragment F on Mutation { ...G } fragment G on Mutation { delete_flow { success } }',
    }),
    { runs: versions },
  ],
  [
    'fragments in a cycle',
    'devops',
    post({ query: 'mutation { ...F } fragment F on Mutation { delete_flow { success } ...F }' }),
    { runs: [] },
  ],
  [
    'an alias that hides the name',
    'operator',
    post({ query: 'mutation { create_flow_run: delete_flow { success } }' }),
    { runs: versions },
  ],
  [
    'a mutation with a condition',
    'viewer',
    post({ query: 'mutation($no: Boolean!) { delete_flow @skip(if: $no) { success } }', variables: { no: false } }),
    { runs: versions },
  ],
  [
    'a mutation with a condition in variables that are a text',
    'viewer',
    post({ query: 'mutation($no: Boolean!) { delete_flow @skip(if: $no) { success } }', variables: '{"no":false}' }),
    { runs: versions },
  ],
  [
    'a query in the URL that needs another scope',
    'operator',
    { method: 'GET', path: `/graphql?query=${query('{ flow { id } }')}` },
    { runs: versions },
  ],
  ...[
    `/?query=${query('{ flow { id } }')}`,
    `/any/page?a=b&query=${query('{ flow { id } }')}`,
    `/?%71u%65ry=${query('{ flow { id } }')}`,
    `/index.html?Query=&query=${query('{ flow { id } }')}`,
    `/?extensions=${query(JSON.stringify(persistedFlows))}`,
    `/?a=b&e%78tensions=${query(JSON.stringify(persistedFlows))}`,
  ].map(
    (path) =>
      [`a query in the URL of a page, ${path}`, 'operator', { method: 'GET', path }, { runs: versions }] as const,
  ),
  ['a mutation in the URL', 'viewer', { method: 'GET', path: `/graphql?query=${query(deleteFlow)}` }, { runs: [] }],
  [
    'a body beside a query in the URL',
    'viewer',
    post({ query: deleteFlow }, { path: `/graphql?query=${query('{hello}')}` }),
    { runs: versions },
  ],
  [
    'a query in the URL beside a body',
    'viewer',
    post({ query: '{ hello }' }, { method: 'GET', path: `/graphql?query=${query('{ flow { id } }')}` }),
    { runs: versions },
  ],
  ['a persisted mutation by its hash', 'viewer', post({ extensions: persistedQuery }), { runs: versions }],
  [
    'a persisted mutation by its hash in a batch',
    'viewer',
    post([{ query: '{ hello }' }, { extensions: persistedQuery }]),
    { runs: versions },
  ],
  [
    'a persisted query by its hash in the URL',
    'operator',
    {
      method: 'GET',
      path: `/graphql?extensions=${query(JSON.stringify({ persistedQuery: { version: 1, sha256Hash: createHash('sha256').update('{ flow { id } }').digest('hex') } }))}`,
    },
    { runs: versions },
  ],
  ['multipart/form-data', 'viewer', as('multipart/form-data; boundary=x', multipart), { runs: ['2.15'] }],
  ['UTF-16', 'viewer', as('application/json; charset=utf-16le', Buffer.from(json, 'utf16le')), { runs: versions }],
  ['UTF-16 without a word', 'viewer', as('application/json', Buffer.from(`\uFEFF${json}`, 'utf16le')), { runs: [] }],
  ['a byte order mark', 'viewer', as('application/json', `\uFEFF${json}`), { runs: versions }],
  ['UTF-7', 'viewer', as('application/json; charset=utf-7', json.replace('{', '+AHs-')), { runs: versions }],
  ['gzip', 'viewer', as('application/json', gzipSync(json), 'Content-Encoding', 'gzip'), { runs: versions }],
  ['deflate', 'viewer', as('application/json', deflateSync(json), 'Content-Encoding', 'deflate'), { runs: versions }],
  [
    'gzip after identity',
    'viewer',
    as('application/json', gzipSync(json), 'Content-Encoding', 'identity', 'Content-Encoding', 'gzip'),
    { runs: [] },
  ],
  ['two content types', 'viewer', as('application/json', json, 'Content-Type', 'text/plain'), { runs: versions }],
  [
    'two content types, the other way round',
    'viewer',
    as('text/plain', json, 'Content-Type', 'application/json'),
    { runs: [] },
  ],
  ['text/plain', 'viewer', as('text/plain', json), { runs: [] }],
  ['a form', 'viewer', as('application/x-www-form-urlencoded', `query=${query(deleteFlow)}`), { runs: [] }],
  ['application/graphql', 'viewer', as('application/graphql', deleteFlow), { runs: [] }],
  ['no content type', 'viewer', { headers: [], body: json }, { runs: [] }],
  ['a path below', 'viewer', post({ query: deleteFlow }, { path: '/graphql/below' }), { runs: versions }],
  ['a doubled slash', 'viewer', post({ query: deleteFlow }, { path: '//graphql' }), { runs: versions }],
  ['a path in capitals', 'viewer', post({ query: deleteFlow }, { path: '/GraphQL' }), { runs: versions }],
  ['an encoded path', 'viewer', post({ query: deleteFlow }, { path: '/%67raphql' }), { runs: versions }],
  ['a path with dots', 'viewer', post({ query: deleteFlow }, { path: '/assets/../graphql' }), { runs: versions }],
  [
    'a path with encoded dots',
    'viewer',
    post({ query: deleteFlow }, { path: '/graphql/%2e%2e/index.html' }),
    { runs: versions },
  ],
  ['the path of the command line', 'viewer', post({ query: deleteFlow }, { path: '/' }), { runs: versions }],
  ['any other path', 'viewer', post({ query: deleteFlow }, { path: '/assets/index.js' }), { runs: versions }],
  ['introspection', 'operator', post({ query: '{ __schema { queryType { name } } }' }), { runs: [] }],
  ['introspection of a type', 'operator', post({ query: 'query { __type(name: "Row") { name } }' }), { runs: [] }],
  ['__typename alone', 'operator', post({ query: '{ __typename }' }), { runs: [] }],
  ['a query beside __typename', 'operator', post({ query: '{ __typename flow { id } }' }), { runs: versions }],
  ['a subscription', 'viewer', post({ query: 'subscription { flow { id } }' }), { runs: [] }],
  ['2 001 aliases', 'viewer', post({ query: `{ ${many(2001, (i) => `a${i}: hello`)} }` }), { runs: versions }],
  [
    'deep nesting',
    'viewer',
    post({ query: `{ flow ${'{ flow '.repeat(40)} { id } ${'}'.repeat(40)} }` }),
    { runs: versions },
  ],
  ['endless brackets', 'viewer', post({ query: `{ hello(a: ${'['.repeat(49_000)}` }), { runs: [] }],
  ['60 000 tokens', 'viewer', post({ query: `{ flow(id: [${'1 '.repeat(60_000)}]) { id } }` }), { runs: versions }],
  ['a batch of 51', 'viewer', post(Array.from({ length: 51 }, () => ({ query: '{ hello }' }))), { runs: versions }],
  ['an empty batch', 'devops', post([]), { runs: [] }],
  [
    "Hasura's insert",
    'operator',
    post({ query: 'mutation { insert_flow_run(objects: []) { id } }' }),
    { runs: versions },
  ],
  [
    "Hasura's update",
    'operator',
    post({ query: 'mutation { update_flow_run(where: {}) { id } }' }),
    { runs: versions },
  ],
  ["Hasura's delete", 'operator', post({ query: 'mutation { delete_flow_by_pk(id: 1) { id } }' }), { runs: versions }],
  ['a body in chunks', 'viewer', post({ query: deleteFlow }, { chunks: 7 }), { runs: versions }],
  ['a large body', 'viewer', post({ query: deleteFlow, variables: { text: 'x'.repeat(900_000) } }), { runs: versions }],
  ['another method', 'devops', post({ query: deleteFlow }, { method: 'PUT' }), { runs: [] }],
];

const bearer = (key: string) => ['Authorization', `Bearer ${key}`];

for (const version of versions) {
  for (const [what, who, sent, { runs }] of refused) {
    test.serial(`${what} is refused, and does not run on Apollo ${version}`, async (t) => {
      const { apollo, nginx, keys } = t.context[version];
      await registerPersistedQueries(apollo);

      const received = await send(nginx.url, { ...sent, headers: [...(sent.headers ?? []), ...bearer(keys[who])] });
      t.is(received.status, 403, received.text);
      t.is(typeof JSON.parse(received.text).detail, 'string');
      t.deepEqual(apollo.takeCalls(), []);

      await send(`http://${apollo.address}`, sent);
      t.is(apollo.takeCalls().length > 0, runs.includes(version), 'whether Apollo runs it when nobody asks us');
    });
  }

  for (const [what, who, sent, calls] of allowed()) {
    test.serial(`${what} runs once on Apollo ${version}`, async (t) => {
      const { apollo, nginx, keys } = t.context[version];
      const received = await send(nginx.url, { ...sent, headers: [...(sent.headers ?? []), ...bearer(keys[who])] });
      t.is(received.status, 200, received.text);
      t.deepEqual(apollo.takeCalls(), calls);
    });
  }

  test.serial(`without a key nothing runs on Apollo ${version}`, async (t) => {
    const { apollo, nginx } = t.context[version];
    for (const headers of [
      [],
      ['X-Auth-User', 'alice', 'X-Auth-Scopes', '*'],
      bearer('unheard-of'),
      ['X-Prefect-User-Id', 'nobody'],
    ]) {
      const received = await send(
        nginx.url,
        post({ query: '{ hello }' }, { headers: ['Content-Type', 'application/json', ...headers] }),
      );
      t.is(received.status, 401, received.text);
    }
    t.deepEqual(apollo.takeCalls(), []);
  });

  test.serial(`no page that needs no key runs the query in its URL on Apollo ${version}`, async (t) => {
    const { apollo, nginx } = t.context[version];
    const document = query('{ flow { id } }');
    for (const page of ['/', '/assets/app.js', '/ui-settings', '/api/health', '/api/ready', '/prefect/api/health']) {
      for (const name of ['query', 'q%75ery', '[query]', '%5Bquery%5D', 'a=b&query']) {
        await send(nginx.url, { method: 'GET', path: `${page}?${name}=${document}` });
        t.deepEqual(apollo.takeCalls(), [], `${page}?${name}`);
      }
    }
  });

  test.serial(`what is judged as REST does not run on Apollo ${version}, whatever its body is`, async (t) => {
    const { apollo, nginx, keys } = t.context[version];
    const bodies = [
      as('application/json', json),
      as('application/json ; charset=utf-8', json),
      as('Application/JSON', json, 'Content-Type', 'application/json'),
      as('application/graphql+json', json),
      as('multipart/form-data; boundary=x', multipart),
      as('text/plain', json, 'Content-Type', 'application/json'),
    ];
    for (const path of ['/api/flows/filter', '/api/flow_runs/filter', '/api/block_documents/filter', '/api/x', '/']) {
      for (const who of ['viewer', 'devops'] as const) {
        for (const sent of bodies) {
          await send(nginx.url, { ...sent, path, headers: [...(sent.headers ?? []), ...bearer(keys[who])] });
          t.deepEqual(apollo.takeCalls(), [], `${path} ${sent.headers}`);
        }
      }
    }
  });

  test.serial(`no key reaches Apollo ${version}, or a log`, async (t) => {
    const { apollo, nginx, service, keys } = t.context[version];
    await send(
      nginx.url,
      post({ query: '{ hello }' }, { headers: ['Content-Type', 'application/json', 'X-Prefect-User-Id', keys.viewer] }),
    );
    t.deepEqual(apollo.takeCalls(), ['query/hello']);
    t.is(apollo.lastHeaders()['x-auth-user'], 'alice');
    for (const key of Object.values(keys)) {
      t.false(JSON.stringify(apollo.lastHeaders()).includes(key));
      t.false(service.logText().includes(key));
      t.false(nginx.log().includes(key));
    }
  });
}

async function registerPersistedQueries(apollo: Apollo): Promise<void> {
  for (const text of [deleteFlow, '{ flow { id } }']) {
    const sha256Hash = createHash('sha256').update(text).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    await send(`http://${apollo.address}`, post({ query: text, extensions }));
  }
  apollo.takeCalls();
}

function allowed(): readonly (readonly [string, Who, Sent, readonly string[]])[] {
  const createRun = 'mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }';
  return [
    ['a query', 'viewer', post({ query: '{ hello }' }), ['query/hello']],
    [
      'a query as the command line sends it',
      'viewer',
      post({
        query: 'query {\n    project(where: { name: { _eq: "proj" } }) {\n        id\n    }\n}',
        variables: 'null',
      }),
      ['query/project'],
    ],
    [
      'a mutation with variables in a text',
      'operator',
      post({ query: createRun, variables: '{"input": {"flow_id": "a"}}' }),
      ['mutation/create_flow_run'],
    ],
    [
      'a mutation with variables',
      'devops',
      post({ query: createRun, variables: { input: {} }, operationName: null }),
      ['mutation/create_flow_run'],
    ],
    [
      'a batch of the user interface',
      'viewer',
      post([
        { operationName: 'Api', variables: {}, query: 'query Api { api { backend mode __typename } }' },
        {
          operationName: 'Tenants',
          variables: {},
          query: 'query Tenants { tenant { id created name info settings slug __typename } }',
        },
      ]),
      ['query/api', 'query/tenant'],
    ],
    [
      'a fragment',
      'viewer',
      post({ query: '{ ...F } fragment F on Query { flow { id } a: flow_run { id } }' }),
      ['query/flow', 'query/flow_run'],
    ],
    ['introspection', 'viewer', post({ query: '{ __schema { queryType { name } } }' }), []],
    [
      '__typename',
      'operator',
      post({ query: 'mutation { __typename cancel_flow_run { state } }' }),
      ['mutation/cancel_flow_run'],
    ],
    [
      'a query in the URL',
      'viewer',
      { method: 'GET', path: `/graphql?query=${query('{ flow { id } }')}` },
      ['query/flow'],
    ],
    [
      "Hasura's insert",
      'devops',
      post({ query: 'mutation { insert_flow_run(objects: []) { id } }' }),
      ['mutation/insert_flow_run'],
    ],
    ['a body in chunks', 'devops', post({ query: deleteFlow }, { chunks: 7 }), ['mutation/delete_flow']],
    [
      'a large body',
      'devops',
      post({ query: deleteFlow, variables: { text: 'x'.repeat(900_000) } }),
      ['mutation/delete_flow'],
    ],
    [
      '1 000 aliases',
      'viewer',
      post({ query: `{ ${many(1000, (i) => `a${i}: hello`)} }` }),
      many(1000, () => 'query/hello').split(' '),
    ],
    ['a path below', 'viewer', post({ query: '{ hello }' }, { path: '/graphql/below' }), ['query/hello']],
    [
      'a body of several languages',
      'devops',
      post({ query: 'mutation { set_flow_run_name(input: { name: "Zoë 🦆" }) { success } }' }),
      ['mutation/set_flow_run_name'],
    ],
  ];
}
