import test from 'ava';
import type { Operation } from '../../../src/authorization/operation.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { createRouteTable, matchRoute, type Route } from '../../../src/requests/rest/routes.ts';
import { cost } from '../cost.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';

function operations(method: string, path: string): Operation[] {
  return [...new Set(matchRoute(prefectRoutes, method, path).flatMap(({ route }) => route.operations))].sort();
}

const routes: readonly (readonly [method: string, path: string, ...expected: Operation[]])[] = [
  ['POST', '/flow_runs/filter', 'query/read_flow_runs'],
  ['POST', '/flow_runs/filter/', 'query/read_flow_runs'],
  ['POST', '/flows/', 'mutation/create_flow'],
  ['POST', '/flows', 'mutation/create_flow'],
  ['POST', '/events', 'mutation/create_events'],
  ['POST', '/events/', 'mutation/create_events'],
  ['GET', '/csrf-token', 'mutation/create_csrf_token'],
  ['GET', '/version', 'query/server_version'],
  ['HEAD', '/version', 'query/server_version'],
  ['GET', `/flow_runs/${ID}`, 'query/read_flow_run'],
  ['GET', `/flow_runs/${ID.toUpperCase()}`, 'query/read_flow_run'],
  ['GET', `/flow_runs/${ID.replaceAll('-', '')}`, 'query/read_flow_run'],
  ['DELETE', `/flow_runs/${ID.replace('-', '')}/`, 'mutation/delete_flow_run'],
  ['POST', `/deployments/${ID}/create_flow_run`, 'mutation/create_flow_run_from_deployment'],
  ['POST', `/deployments/${ID}/create_flow_run/bulk`, 'mutation/bulk_create_flow_runs_from_deployment'],
  ['POST', `/deployments/${ID}/set_schedule_active`, 'mutation/resume_deployment'],
  ['POST', '/deployments/get_scheduled_flow_runs', 'mutation/get_scheduled_flow_runs_for_deployments'],
  ['POST', '/work_pools/gpu/get_scheduled_flow_runs', 'mutation/get_scheduled_flow_runs'],
  ['GET', '/work_pools/filter', 'query/read_work_pool'],
  ['POST', '/work_pools/filter', 'query/read_work_pools'],
  ['GET', '/work_pools/my pool/queues/🚀', 'query/read_work_queue'],
  ['POST', '/work_pools/filter/queues/filter', 'query/read_work_queues'],
  ['GET', '/artifacts/latest/latest', 'query/read_latest_artifact'],
  ['GET', '/v2/concurrency_limits/filter', 'query/read_concurrency_limit_v2'],
  ['GET', '/static/', 'query/static'],
  ['GET', '/static/a/b.png', 'query/static'],
  ['WS', '/events/in', 'mutation/stream_events_in'],
  ['WS', '/events/out', 'query/read_variable_by_name', 'query/stream_workspace_events_out'],
  [
    'WS',
    '/work_pools/gpu/workers/connect',
    'mutation/create_work_pool',
    'mutation/override_base_job_template',
    'mutation/update_work_pool',
    'mutation/worker_channel_connect',
    'mutation/worker_heartbeat',
  ],
  ['POST', '/admin/database/clear', 'mutation/clear_database'],
];

for (const [method, path, ...expected] of routes) {
  test(`${method} ${path} is ${expected.join(' and ')}`, (t) => {
    t.deepEqual(operations(method, path), expected);
  });
}

const unknown = [
  ['GET', '/'],
  ['GET', ''],
  ['GET', '/nothing'],
  ['GET', '/Version'],
  ['get', '/version'],
  ['GET', '/version/x'],
  ['GET', '/versio'],
  ['PATCH', '/flow_runs/'],
  ['PUT', '/flow_runs/filter'],
  ['DELETE', '/flow_runs/'],
  ['GET', '/events/in'],
  ['POST', '/events/in'],
  ['WS', '/flows/filter'],
  ['WS', '/version'],
  ['GET', '/work_pools/'],
  ['GET', '/work_pools//queues/x'],
  ['POST', `/deployments/${ID}/create_flow_run/bulk/x`],
  ['PUT', `/flow_runs/${ID}0`],
  ['DELETE', '/variables/not-a-uuid'],
  ['POST', '/task_runs/subscriptions/scheduled'],
] as const;

for (const [method, path] of unknown) {
  test(`${method} ${path || '(nothing)'} runs no route`, (t) => {
    t.deepEqual(matchRoute(prefectRoutes, method, path), []);
  });
}

function route(method: string, path: string, operation: Operation): Route {
  return { method, path, operations: [operation] };
}

test('the route that was registered first is the one that runs', (t) => {
  const general = route('GET', '/flows/{name}', 'query/general');
  const special = route('GET', '/flows/special', 'query/special');
  t.deepEqual(matchRoute(createRouteTable([[general, special]]), 'GET', '/flows/special')[0]?.route, general);
  t.deepEqual(matchRoute(createRouteTable([[special, general]]), 'GET', '/flows/special')[0]?.route, special);
});

test('where versions disagree, what any of them would run counts', (t) => {
  const first = route('GET', '/flows/{name}', 'query/read');
  const second = route('GET', '/flows/{name}', 'mutation/read_and_write');
  const found = matchRoute(createRouteTable([[first], [], [second]]), 'GET', '/flows/x');
  t.deepEqual(
    found.map((match) => match.route),
    [first, second],
  );
});

test('the other spelling of the slash is tried only where a version has no route at the path', (t) => {
  const wrongMethod = route('POST', '/flows', 'mutation/x');
  const slash = route('GET', '/flows/', 'query/slash');
  t.deepEqual(matchRoute(createRouteTable([[wrongMethod, slash]]), 'GET', '/flows'), []);
  t.is(matchRoute(createRouteTable([[wrongMethod], [slash]]), 'GET', '/flows')[0]?.route, slash);
});

test('parameters keep the names that the route gives them', (t) => {
  const [match] = matchRoute(prefectRoutes, 'GET', '/deployments/name/etl/daily run');
  t.deepEqual(match?.parameters, { flow_name: 'etl', deployment_name: 'daily run' });
});

test('a table with a path that is not understood is refused when it is made', (t) => {
  for (const path of ['/flows/{id:int}', '/flows/v{id}', '/flows/{id}.json', '/flows/{}']) {
    t.throws(() => createRouteTable([[route('GET', path, 'query/x')]]), {
      message: /not understood|unknown convertor/,
    });
  }
});

test('a lookup takes a few microseconds, whatever the path', (t) => {
  const paths = [
    `/deployments/${ID}/create_flow_run`,
    '/flow_runs/filter',
    '/a'.repeat(2000),
    `/work_pools/${'x/queues/'.repeat(500)}`,
  ];
  for (const path of paths) {
    const spent = cost(() => {
      for (let round = 0; round < 1000; round++) matchRoute(prefectRoutes, 'POST', path);
    }, 20);
    t.true(spent < 50, `${path.slice(0, 40)}: ${spent} µs`);
  }
});
