import test from 'ava';
import type { AccessRequest } from '../../src/authorization/access-request.ts';
import { decide } from '../../src/authorization/decide.ts';
import type { NamedObject, PrefectObject } from '../../src/authorization/objects.ts';
import { compileBoundPolicy, compilePolicy, conditionsFor } from '../../src/authorization/policy.ts';
import { parseScopes } from '../../src/authorization/scope.ts';
import { readNamedObjects } from '../../src/requests/rest/named-objects.ts';
import { prefectRoutes, prefectVersions } from '../../src/requests/rest/prefect-routes.ts';
import { matchRoute } from '../../src/requests/rest/routes.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const DIGITS = ID.replaceAll('-', '');

const named: readonly (readonly [method: string, path: string, ...expected: NamedObject[]])[] = [
  ['GET', `/deployments/${ID}`, { kind: 'deployment', id: ID }],
  ['GET', `/deployments/${ID.toUpperCase()}/`, { kind: 'deployment', id: ID }],
  ['POST', `/deployments/${DIGITS}/create_flow_run`, { kind: 'deployment', id: ID }],
  ['DELETE', `/deployments/${ID}/schedules/${DIGITS}`, { kind: 'deployment', id: ID }],
  ['GET', '/deployments/name/etl/daily run', { kind: 'deployment', name: 'etl/daily run' }],
  ['POST', `/flow_runs/${ID}/set_state`, { kind: 'flow_run', id: ID }],
  ['GET', '/work_pools/gpu', { kind: 'work_pool', name: 'gpu' }],
  ['GET', '/work_pools/gpu/queues/cpu', { kind: 'work_pool', name: 'gpu' }],
  ['WS', '/work_pools/gpu/workers/connect', { kind: 'work_pool', name: 'gpu' }],
  ['POST', '/work_pools/gpu/get_scheduled_flow_runs', { kind: 'work_pool', name: 'gpu' }],
  ['PATCH', `/work_queues/${ID}`, { kind: 'work_queue', id: ID }],
  ['GET', `/block_documents/${ID}`, { kind: 'block', id: ID }],
  ['GET', '/block_types/slug/secret/block_documents/name/login', { kind: 'block', name: 'secret/login' }],
  // Nothing that a condition could be about stands in the path.
  ['POST', '/deployments/'],
  ['POST', '/deployments/filter'],
  ['POST', '/deployments/bulk_delete'],
  ['POST', '/flow_runs/'],
  ['POST', '/work_pools/filter'],
  ['GET', '/block_types/slug/secret/block_documents'],
  ['GET', `/flows/${ID}`],
  ['GET', `/task_runs/${ID}`],
  ['GET', `/variables/${ID}`],
  ['WS', '/events/in'],
];

for (const [method, path, ...expected] of named) {
  test(`${method} ${path} names ${expected.length === 0 ? 'nothing' : JSON.stringify(expected[0])}`, (t) => {
    t.deepEqual(readNamedObjects(matchRoute(prefectRoutes, method, path)), expected);
  });
}

test('every route below a deployment, flow run, work pool or queue with a parameter names it', (t) => {
  for (const route of Object.values(prefectVersions).flat()) {
    if (!/^\/(deployments|flow_runs|work_pools|block_documents)\/.*\{|^\/work_queues\/\{/.test(route.path)) continue;
    const path = route.path.replaceAll(/\{\w*(id|:uuid)\w*[^}]*\}/g, ID).replaceAll(/\{[^}]*\}/g, 'x');
    t.is(readNamedObjects(matchRoute(prefectRoutes, route.method, path)).length, 1, `${route.method} ${path}`);
  }
});

const etl: PrefectObject = { kind: 'deployment', name: 'etl/daily run', id: ID };
const gpu: PrefectObject = { kind: 'work_pool', name: 'gpu-a' };
const cpu: PrefectObject = { kind: 'work_pool', name: 'cpu' };
const RUN = 'mutation/create_flow_run_from_deployment';

function isAllowed(scopes: string, ...objects: PrefectObject[]): boolean {
  const request: AccessRequest = { operations: [RUN], objects };
  return decide(compilePolicy(scopes, {}), request).outcome === 'allow';
}

const met: readonly (readonly [scopes: string, ...objects: PrefectObject[]])[] = [
  [`${RUN}[deployment=etl/*]`, etl],
  [`${RUN}[deployment=etl/daily run]`, etl],
  [`query/*,${RUN}[deployment=*/daily run], query/x`, etl],
  ['*/*[deployment=etl/*]', etl],
  ['*[deployment=etl/*]', etl],
  [`${RUN}[deployment=${ID}]`, etl],
  [`${RUN}[deployment=${DIGITS.toUpperCase()}]`, etl],
  [`${RUN}[deployment=etl/*][work_pool=gpu-*]`, etl, gpu],
  [`${RUN}[deployment=web/*] ${RUN}[work_pool=gpu-*]`, etl, gpu],
];

for (const [scopes, ...objects] of met) {
  test(`${scopes} covers ${objects.map(({ name }) => name).join(' and ')}`, (t) =>
    t.true(isAllowed(scopes, ...objects)));
}

const notMet: readonly (readonly [scopes: string, ...objects: PrefectObject[]])[] = [
  [`${RUN}[deployment=etl/*]`],
  [`${RUN}[deployment=*]`],
  [`${RUN}[deployment=etl/*]`, gpu],
  [`${RUN}[deployment=web/*]`, etl],
  [`${RUN}[deployment=etl/daily]`, etl],
  [`${RUN}[deployment=ETL/*]`, etl],
  [`${RUN}[work_pool=gpu-*]`, gpu, cpu],
  [`${RUN}[deployment=etl/*][work_pool=gpu-*]`, etl],
  [`${RUN}[deployment=etl/*][work_pool=gpu-*]`, etl, cpu],
  [`${RUN}[deployment=${ID}]`, { kind: 'deployment', name: ID }],
  [`${RUN}[deployment=${ID.replace('9', '8')}]`, etl],
  [`mutation/other[deployment=etl/*]`, etl],
  [`${RUN}[deployment=etl/*] !mutation/*`, etl],
];

for (const [scopes, ...objects] of notMet) {
  test(`${scopes} does not cover ${objects.map(({ name }) => name).join(' and ') || 'a request that names nothing'}`, (t) => {
    t.false(isAllowed(scopes, ...objects));
  });
}

const malformed = [
  `${RUN}[deployment=etl/*`,
  `${RUN}deployment=etl/*]`,
  `${RUN}[]`,
  `${RUN}[deployment]`,
  `${RUN}[deployment=]`,
  `${RUN}[flow=etl]`,
  `${RUN}[deployment=etl/*]x`,
  `${RUN}[deployment=[etl]]`,
  `${RUN} [deployment=etl/*]`,
  '[deployment=etl/*]',
  'role:runner[deployment=etl/*]',
  'admin/*[deployment=etl/*]',
  `!${RUN}[deployment=etl/*]`,
];

for (const text of malformed) {
  test(`${text} does not parse, and so grants nothing`, (t) => {
    t.true('problem' in parseScopes(text));
    t.false(isAllowed(`* ${text}`, etl));
  });
}

test('a refusal says that the key has the scope for other objects', (t) => {
  const decision = decide(compilePolicy(`${RUN}[deployment=web/*]`, {}), { operations: [RUN], objects: [etl] });
  t.true(decision.outcome === 'deny' && decision.message.includes('for some objects only'));
});

test('a role can have scopes with conditions, and cannot exclude with them', (t) => {
  const grants = [{ scopes: [`${RUN}[deployment=etl/*]`], why: 'It is theirs.' }];
  const policy = compilePolicy('role:etl', { etl: { description: 'x', grants } });
  t.is(decide(policy, { operations: [RUN], objects: [etl] }).outcome, 'allow');
  t.is(decide(policy, { operations: [RUN] }).outcome, 'deny');
});

/** The key's own scopes and its owner's bound, and whether they come to allow the run of a deployment of etl. */
const bounds: readonly (readonly [scopes: string, bound: string, conditions: number, isAllowed: boolean])[] = [
  ['*', `${RUN}[deployment=etl/*]`, 1, true],
  ['*', `${RUN}[deployment=web/*]`, 1, false],
  [`${RUN}[deployment=etl/*]`, '*', 1, true],
  [`${RUN}[deployment=web/*]`, '*', 1, false],
  [`${RUN}[deployment=etl/*]`, `${RUN}[deployment=*/daily run]`, 2, true],
  [`${RUN}[deployment=etl/*]`, `${RUN}[deployment=web/*]`, 2, false],
  [`${RUN}[deployment=etl/*]`, `${RUN}[deployment=etl/*][work_pool=gpu-*]`, 3, false],
  ['*', `mutation/other[deployment=etl/*]`, 0, false],
  ['query/*', `${RUN}[deployment=etl/*]`, 1, false],
  ['*', `${RUN}[deployment=etl/*`, 0, false],
];

for (const [scopes, bound, conditions, isAllowed] of bounds) {
  test(`${scopes} of a key whose owner has ${bound} ${isAllowed ? 'covers' : 'does not cover'} etl/daily run`, (t) => {
    const policy = compileBoundPolicy(scopes, bound, {});
    t.is(conditionsFor(policy, RUN).length, conditions);
    t.is(decide(policy, { operations: [RUN], objects: [etl] }).outcome, isAllowed ? 'allow' : 'deny');
    if (conditions > 0) t.is(decide(policy, { operations: [RUN] }).outcome, 'deny', 'nothing is named');
  });
}
