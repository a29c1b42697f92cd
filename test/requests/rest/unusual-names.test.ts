import test from 'ava';
import fc from 'fast-check';
import { isDenial } from '../../../src/authorization/denial.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { readRestRequest } from '../../../src/requests/rest/rest-request.ts';
import { graphqlGet } from '../original-request.ts';

const options = { apiBasePath: '/api', uiBasePath: '', isOpenapiPublic: false };
const read = (method: string, target: string) =>
  readRestRequest(graphqlGet(target, { method }), prefectRoutes, options);
const operationsOf = (method: string, target: string) => {
  const request = read(method, target);
  return request === 'public' || isDenial(request) ? request : request.operations;
};

const named: readonly (readonly [method: string, target: string, operation: string])[] = [
  ['GET', '/api/concurrency_limits/tag/a%5Cb', 'query/read_concurrency_limit_by_tag'],
  ['DELETE', '/api/concurrency_limits/tag/%09', 'mutation/delete_concurrency_limit_by_tag'],
  ['DELETE', '/api/work_pools/p/workers/%2541', 'mutation/delete_worker'],
  ['DELETE', '/api/work_pools/p/workers/50%252f', 'mutation/delete_worker'],
  ['GET', '/api/work_pools/v1%2e2', 'query/read_work_pool'],
  ['GET', '/api/work_pools/%2E%2e%2e/queues/%2Ehidden', 'query/read_work_queue'],
  ['GET', '/api/flows/name/%C2%85', 'query/read_flow_by_name'],
];

for (const [method, target, operation] of named) {
  test(`${method} ${target} names something, and is ${operation}`, (t) => {
    const operations = operationsOf(method, target);
    t.true(Array.isArray(operations) && operations.includes(operation), JSON.stringify(operations));
  });
}

const refused = [
  '/api/concurrency_limits/tag/a%2Fb',
  '/api/concurrency_limits/tag/a//b',
  '/api/concurrency_limits%2Ftag/a',
  '/api/concurrency_limits/tag/a\\b',
  '/api/concurrency_limits/tag/%2e%2e',
  '/api/concurrency_limits/tag/%2E',
  '/api/concurrency_limits/tag/a%0A',
  '/api/concurrency_limits/tag/a%0D',
  '/api/concurrency_limits/tag/%00',
  '/api/work_pools/a%2Fqueues%2Fb',
  '/api/work_pools/a%5C..%5Cb/x/y/z',
  '/api/static/a%5Cb',
  '/api/static/%2541',
  '/api/flow_runs/filter/%09',
  '/api/automations/related-to/s3%3A%2F%2Fbucket%2Fx',
  '/api/automations/related-to/s3://bucket/x',
  '/api/openapi%2Ejson',
  '/api//automations/related-to/x',
  '/api/automations%2Frelated-to/x',
  '/api/automations//related-to/x',
  '/api/automations/related-to/../flows',
  '/api/automations/related-to/%2e%2e/flows',
  '/api/automations/related-to/a%2F..%2Fb',
  '/custom-api/work_pools/v1%2e2',
  '/flows/flow/%5C',
  '/graphql/a%2Fb',
  '/api%2Fwork_pools/v1',
  '/api/health%2e',
];

for (const target of refused) {
  test(`${target} stays ambiguous`, (t) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      const request = read(method, target);
      t.true(request !== 'public' && isDenial(request) && request.reason === 'ambiguous_path', method);
    }
  });
}

test('what is read as a name is what Prefect reads: the path decoded once, with no dot segment and no line break', (t) => {
  const piece = fc.constantFrom(
    ...'/ // . .. %2e %2E%2e %2f %5c \\ %25 %2541 %09 %0a %00 %7f a work_pools queues flows filter automations related-to name'.split(
      ' ',
    ),
  );
  const target = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `/api/${pieces.join('')}`);
  fc.assert(
    fc.property(target, (raw) => {
      const request = read('GET', raw);
      if (request === 'public' || isDenial(request)) return;
      const path = request.rest?.path ?? '';
      t.is(path, decodeURIComponent(raw));
      t.notRegex(path, /\/\.{1,2}(?:\/|$)|[\n\r\0]/);
      t.notRegex(raw, /%2f|\/\/|\\/i);
    }),
    { numRuns: 5_000 },
  );
});
