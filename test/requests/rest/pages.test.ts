import test from 'ava';
import pages from '../../../data/prefect/pages.json' with { type: 'json' };
import { isDenial } from '../../../src/authorization/denial.ts';
import { isAmongPrefectPages, isPrefectPage, uiBasePathOf } from '../../../src/requests/rest/pages.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { readRestRequest } from '../../../src/requests/rest/rest-request.ts';
import { apiTargets, OTHER_API_PATHS } from '../../support/prefect/api-targets.ts';

function read(target: string, method = 'GET', contentLength?: string, isWebSocket = false) {
  const original = { method, target, isWebSocket, isGraphqlHost: false, contentLength };
  const nothing = { contentType: undefined, contentEncoding: undefined, body: undefined };
  const options = { apiBasePath: '/api', uiBasePath: '', isOpenapiPublic: false };
  return readRestRequest({ ...original, ...nothing }, prefectRoutes, options);
}

function isPublic(target: string, method = 'GET'): boolean {
  return read(target, method) === 'public';
}

/** The operations, or the reason of the denial. */
function operationsOf(...request: Parameters<typeof read>): readonly string[] | string {
  const answer = read(...request);
  if (answer === 'public') return answer;
  return isDenial(answer) ? answer.reason : answer.operations;
}

test("every page and file of Prefect's is public, in v1 and v2, with a slash at its end or not", (t) => {
  for (const pattern of [...pages.files, ...pages.pages, '/ui-settings']) {
    const path = pattern.replaceAll('*', 'my%20pool');
    for (const target of [path, `/v2${path}`, `${path}/`.replace('//', '/')]) {
      if (path === '/ui-settings' && target !== path) continue;
      t.true(isPublic(target), target);
      t.true(isPublic(target, 'HEAD'), target);
      t.false(isPublic(target, 'POST'), target);
    }
  }
});

test("wherever Prefect's API lies, none of its routes is public", (t) => {
  for (const base of OTHER_API_PATHS) {
    for (const target of apiTargets(base)) t.false(isPublic(target), target);
  }
});

test('what only looks like a page is none', (t) => {
  for (const path of [
    '',
    '//',
    '/V2',
    '/v2/v2',
    '/Dashboard',
    '/dashboard/x',
    '/assets/',
    '/assets/a/b.js',
    '/xassets/a.js',
  ])
    t.false(isPrefectPage(path, '') && path !== '', path);
  for (const path of ['/prefect', '/prefect/', '/prefect/v2', '/prefect/v2/runs', '/prefect/ui-settings'])
    t.true(isPrefectPage(path, '/prefect'), path);
  for (const path of ['/', '/runs', '/prefectx', '/prefect/prefect', '/prefect/v2/ui-settings', '/v2/prefect/runs'])
    t.false(isPrefectPage(path, '/prefect'), path);
});

test('the API lies beside the pages, and not among them', (t) => {
  t.deepEqual(['/api', '/prefect/api', '/custom-api', '/a/b/api'].map(uiBasePathOf), ['', '/prefect', '', '/a/b']);
  for (const path of ['/runs', '/events/event', '/work-pools/work-pool', '/assets'])
    t.true(isAmongPrefectPages(path), path);
  for (const path of ['/api', '/custom-api', '/run', '/v2']) t.false(isAmongPrefectPages(path), path);
});

test('what is not public there asks for what it would do, wherever the API lies', (t) => {
  const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
  const requests = [
    [
      'GET',
      `/block_documents/${ID}?include_secrets=true`,
      ['query/unknown', 'query/read_block_document_by_id', 'query/read_block_secrets'],
    ],
    ['DELETE', `/flows/${ID}`, ['mutation/unknown', 'mutation/delete_flow']],
    ['POST', '/flows/filter', ['mutation/unknown', 'query/read_flows']],
    ['GET', '/csrf-token', ['query/unknown', 'mutation/create_csrf_token']],
    ['GET', '/nothing', ['query/unknown']],
  ] as const;
  for (const base of ['/custom-api', '', '/v2', '/a/b/c/d', '/apiary']) {
    for (const [method, target, expected] of requests)
      t.deepEqual(operationsOf(base + target, method), [...expected], base + target);
  }
  t.is(
    operationsOf(`/custom-api/deployments/${ID}/create_flow_run`, 'POST', '2'),
    'unreadable_request',
    'its body is not shown',
  );
  t.deepEqual(operationsOf('/custom-api/events/in', 'GET', undefined, true), [
    'mutation/unknown',
    'mutation/stream_events_in',
  ]);
});
