import { asQuestion, restRead } from './requests.ts';

/** A request that is as dear to judge as anyone could make it, as nginx puts it to the service. */
export interface WorstRequest {
  readonly what: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const RUN = `/api/deployments/${ID}/create_flow_run`;
const MEGABYTE = 1_000_000;

/** The text that `toText` makes of each number, so often that they are so long together. */
function fill(length: number, separator: string, toText: (at: number) => string): string {
  const texts: string[] = [];
  for (let total = 0; total < length; total += (texts.at(-1)?.length ?? 0) + separator.length) {
    texts.push(toText(texts.length));
  }
  return texts.join(separator);
}

const escaped = (at: number) => `\\u00${(0x61 + (at % 20)).toString(16)}${at.toString(36)}`;
const escapedKeys = (length: number) => `{${fill(length, ',', (at) => `"${escaped(at)}":0`)}}`;
const graphql = (query: string, variables?: unknown) => JSON.stringify({ query, variables });
const mutation = (variables: unknown) =>
  graphql('mutation($input: x) { create_flow(input: $input) { id } }', variables);
const distinct = <Item>(count: number, toItem: (at: number) => Item) =>
  Array.from({ length: count }, (_, at) => toItem(at));

/** Bodies, each by the path that it is sent to. */
const bodies: Readonly<Record<string, readonly [path: string, body: string]>> = {
  'a run of 4.7 MB, 299,000 escaped keys': [RUN, escapedKeys(4.7 * MEGABYTE)],
  'a run of 700 kB, 45,000 escaped keys': [RUN, escapedKeys(700_000)],
  'a run of 580 kB, 290,000 digits': [RUN, `{"parameters":[${'1,'.repeat(290_000)}1]}`],
  'a run of 2 MB, lists in lists': [
    RUN,
    `{"parameters":[${fill(2 * MEGABYTE, ',', () => '['.repeat(190) + ']'.repeat(190))}]}`,
  ],
  'a run of 5 MB, one escaped text': [RUN, `{"parameters":"${'\\u0061'.repeat(860_000)}"}`],
  'a run of 1 MB, JSON within JSON': [
    RUN,
    JSON.stringify({
      parameters: {
        __prefect_kind: 'json',
        value: JSON.stringify({ __prefect_kind: 'json', value: escapedKeys(500_000) }),
      },
    }),
  ],
  'a run of 64 kB, digits': [RUN, `{"parameters":[${'1,'.repeat(32_000)}1]}`],
  'a run of 8 kB, escaped keys': [RUN, escapedKeys(8_000)],
  'a deployment of 5 MB, a large schema': [
    '/api/deployments/',
    JSON.stringify({
      name: 'x',
      parameter_openapi_schema: { properties: distinct(40_000, (at) => `${at}`.padEnd(110, 'x')) },
    }),
  ],
  'an artifact of 5 MB, which nobody reads': ['/api/artifacts/', JSON.stringify({ data: 'x'.repeat(5 * MEGABYTE) })],
  'GraphQL of 5 MB, variables of one text': ['/graphql', mutation({ input: '"'.repeat(2.4 * MEGABYTE) })],
  'GraphQL of 4 MB, 19,000 escaped keys': [
    '/graphql',
    `{"query":"{flow}","variables":${fill(1, '', () => `{${fill(19_000 * 200, ',', (at) => `"${escaped(at)}":"${'x'.repeat(180)}"`)}}`)}}`,
  ],
  'GraphQL of 4 MB, variables that look like secrets': [
    '/graphql',
    mutation({ input: Array(199).fill('-eyJ'.repeat(5_000)) }),
  ],
  'GraphQL of 4 MB, one long name': ['/graphql', mutation({ ['p'.repeat(4 * MEGABYTE)]: 1 })],
  'GraphQL of 40 kB, 19,900 fields': ['/graphql', graphql(`{ a { ${'b '.repeat(19_900)} } }`)],
  'GraphQL of 490 kB, a comment': ['/graphql', graphql(`#${'x'.repeat(490_000)}\n{flow}`)],
  'GraphQL, 2,000 aliases': ['/graphql', graphql(`{${distinct(2_000, (at) => `a${at}:flow`).join(' ')}}`)],
  'GraphQL, a mutation of 2,000 names': [
    '/graphql',
    graphql(`mutation{${distinct(2_000, (at) => `create_${at}_${'x'.repeat(200)}`).join(' ')}}`),
  ],
  'GraphQL, 1,000 fragments': [
    '/graphql',
    graphql(
      `{${distinct(1_000, (at) => `...f${at}`).join(' ')}}${distinct(1_000, (at) => `fragment f${at} on query{a${at}}`).join(' ')}`,
    ),
  ],
  'GraphQL of 8 kB, 4,000 fields': ['/graphql', graphql(`{ a { ${'b '.repeat(3_900)} } }`)],
  'GraphQL, a batch of 50': [
    '/graphql',
    JSON.stringify(
      distinct(50, (at) => ({
        query: `{${'flow '.repeat(390)}a${at}}`,
        variables: JSON.stringify(distinct(390, (each) => each.toString(36))),
      })),
    ),
  ],
};

const targets: Readonly<Record<string, string>> = {
  'a path of 60 kB': `/api/work_pools/${'a'.repeat(60_000)}`,
  'a path of 8 kB, escaped': `/api/work_pools/${'%C3%A9'.repeat(1_300)}`,
  'a path of 4,000 segments': `/api/${'a/'.repeat(4_000)}`,
  'a query of 60,000 signs &': `/api/flows/${ID}?${'&'.repeat(60_000)}`,
  'a query of 60,000 signs ;': `/api/block_documents/${ID}?${';'.repeat(60_000)}`,
  'a query of 7,000 names': `/api/block_documents/${ID}?${fill(60_000, '&', (at) => `a${at}=%61`)}`,
  'a query of 990 long names': `/api/block_documents/${ID}?${fill(60_000, '&', (at) => `%61${at}${'a'.repeat(50)}=1`)}`,
  'GraphQL in a URL of 60 kB': `/graphql?query={a{${'b+'.repeat(19_900)}}}`,
  'GraphQL in the URL of a route': `/api/flows/${ID}?query={${'b+'.repeat(19_900)}}`,
};

const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'headers of 60 kB, one cookie': { Cookie: 'x'.repeat(60_000) },
  'headers of 60 kB, 1,900 of them': Object.fromEntries(distinct(1_900, (at) => [`X-${at}`, 'x'.repeat(20)])),
  'a request id of 60 kB': { 'X-Request-Id': 'x'.repeat(60_000) },
};

/** Everything, with one key; what comes without a good one is the same with any. */
export function worstRequests(key: string): WorstRequest[] {
  const plain = restRead(key);
  const typed = { ...plain.headers, 'Content-Type': 'application/json' };
  const ask = (what: string, question: Parameters<typeof asQuestion>[0]): WorstRequest => {
    const { method, headers: asked, body } = asQuestion(question);
    return { what, method, headers: asked, ...(body !== undefined && { body }) };
  };
  return [
    ...Object.entries(bodies).map(([what, [path, body]]) => ask(what, { method: 'POST', path, headers: typed, body })),
    ...Object.entries(targets).map(([what, path]) => ask(what, { ...plain, path })),
    ...Object.entries(headers).map(([what, more]) => ask(what, { ...plain, headers: { ...plain.headers, ...more } })),
    ask('a credential of 60 kB in base64', { ...plain, headers: { Authorization: `Basic ${'QUJD'.repeat(15_000)}` } }),
  ];
}
