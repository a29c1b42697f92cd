import test from 'ava';
import pages from '../../data/prefect/pages.json' with { type: 'json' };
import { isAmongPrefectPages, isPrefectPage, uiBasePathOf } from '../../src/authorization/pages.ts';
import { prefectRoutes } from '../../src/authorization/prefect-routes.ts';
import { readRestRequest } from '../../src/authorization/rest-request.ts';
import { apiTargets, OTHER_API_PATHS } from '../support/api-targets.ts';

function isPublic(target: string, method = 'GET'): boolean {
  const original = { method, target, isWebSocket: false, isGraphqlHost: false };
  const nothing = { contentType: undefined, contentEncoding: undefined, contentLength: undefined, body: undefined };
  const options = { apiBasePath: '/api', uiBasePath: '', isOpenapiPublic: false };
  return readRestRequest({ ...original, ...nothing }, prefectRoutes, options) === 'public';
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
