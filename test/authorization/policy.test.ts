import test from 'ava';
import roles from '../../data/roles.json' with { type: 'json' };
import type { AccessRequest } from '../../src/authorization/access-request.ts';
import { decide } from '../../src/authorization/decide.ts';
import type { Operation } from '../../src/authorization/operation.ts';
import { compileBoundPolicy, compilePolicy } from '../../src/authorization/policy.ts';
import type { RoleDefinitions } from '../../src/authorization/roles.ts';

const ROLES: RoleDefinitions = {
  reader: { description: '', grants: [{ scopes: ['query/*'], why: '' }], excludes: ['query/secret'] },
  writer: { description: '', inherits: ['reader'], grants: [{ scopes: ['query/secret', 'mutation/*'], why: '' }] },
  orphan: { description: '', inherits: ['nobody'], grants: [{ scopes: ['*'], why: '' }] },
  empty: { description: '', grants: [] },
  knot: { description: '', inherits: ['knot', 'reader'], grants: [] },
};

function allows(scopes: string, operations: Operation | Operation[], rest?: AccessRequest['rest']): boolean {
  const request = { operations: [operations].flat(), ...(rest && { rest }) };
  return decide(compilePolicy(scopes, ROLES), request).outcome === 'allow';
}

test('scopes cover what they name, what their stars stand for, and nothing else', (t) => {
  const covered: [string, Operation][] = [
    ['query/*', 'query/flow'],
    ['mutation/create_flow', 'mutation/create_flow'],
    ['mutation/create_*', 'mutation/create_flow'],
    ['query/a, mutation/b\tquery/c\n', 'query/c'],
    ['*', 'mutation/delete_flow'],
    ['*/*', 'mutation/delete_flow'],
    ['*/read_*', 'query/read_flow'],
    ['admin/*', 'admin/keys/create'],
    ['admin/keys/*', 'admin/keys/create'],
    ['role:reader', 'query/flow'],
    ['role:writer', 'query/secret'],
    ['role:reader query/secret', 'query/secret'],
    ['role:knot', 'query/flow'],
  ];
  const refused: [string, Operation][] = [
    ['', 'query/flow'],
    ['query/*', 'mutation/flow'],
    ['query/flow', 'query/flow_run'],
    ['mutation/create_flow', 'mutation/create_flow_run'],
    ['QUERY/*', 'query/flow'],
    ['*', 'admin/logs'],
    ['*/*', 'admin/logs'],
    ['*n/*', 'admin/logs'],
    ['query/*, mutation/*', 'admin/logs'],
    ['admin/*', 'query/flow'],
    ['* !mutation/delete_*', 'mutation/delete_flow'],
    ['!mutation/delete_* *', 'mutation/delete_flow'],
    ['!query/*', 'mutation/flow'],
    ['admin/* !admin/logs', 'admin/logs'],
    ['role:writer !query/secret', 'query/secret'],
    ['role:reader', 'query/secret'],
    ['role:reader', 'mutation/flow'],
  ];
  for (const [scopes, operation] of covered) t.true(allows(scopes, operation), `${scopes} ${operation}`);
  for (const [scopes, operation] of refused) t.false(allows(scopes, operation), `${scopes} ${operation}`);
});

const preliminaries: readonly Operation[] = ['mutation/create_csrf_token', 'query/read_version'];

test('what every client asks first is open to whoever may do anything in Prefect', (t) => {
  const route = { method: 'GET', path: '/api/csrf-token' };
  for (const operation of preliminaries) {
    for (const scopes of [
      'query/read_flows',
      'mutation/create_flow_run_from_deployment[deployment=etl/*]',
      'role:reader',
      'admin/keys/list query/read_flows',
      'query/* !query/read_settings',
      '{"GET": ["api/flows/*"]}',
    ]) {
      t.true(allows(scopes, operation, route), `${scopes} ${operation}`);
    }
    for (const scopes of [
      '',
      'admin/*',
      'admin/keys/list',
      '!query/read_flows',
      'query/read_flows !mutation/create_csrf_token !query/read_version',
      'query/* mutation/* !*',
      'query/read_flows !*/*e*',
      'query/read_flows role:none',
      'role:empty',
      '{}',
    ]) {
      t.false(allows(scopes, operation, route), `${scopes} ${operation}`);
    }
    t.false(allows('query/read_flows', [operation, 'query/read_flow']), 'and nothing beside it');
    const request = { operations: [operation] };
    t.is(decide(compileBoundPolicy('*', '', ROLES), request).outcome, 'deny', 'an owner who may do nothing');
    t.is(decide(compileBoundPolicy('*', 'query/read_flows', ROLES), request).outcome, 'allow');
    t.is(decide(compileBoundPolicy('*', `* !${operation}`, ROLES), request).outcome, 'deny');
  }
});

test('a text that does not parse grants nothing at all and says why', (t) => {
  const texts = [
    '* !mutation',
    '* !',
    '* role:',
    '* role:nobody',
    '* role:orphan',
    '* role:constructor',
    '* read_flows',
    '* query/',
    '* subscription/x',
    '* query/a.b',
    '{"GET": ["api/*"]',
    '{"GET": "api/*"}',
    '{"GET": [1]}',
    '{"ge t": ["api/*"]}',
    '{"GET": ["api/*"]} *',
  ];
  for (const text of texts) {
    const policy = compilePolicy(text, ROLES);
    t.truthy(policy.problem, text);
    t.is(decide(policy, { operations: ['query/flow'] }).outcome, 'deny', text);
  }
});

test('every operation of a request has to be covered, and a request without one is refused', (t) => {
  t.true(allows('query/a query/b', ['query/a', 'query/b']));
  t.false(allows('query/a', ['query/a', 'query/b']));
  t.false(allows('*', []));
  const decision = decide(compilePolicy('query/a', ROLES), { operations: ['query/a', 'query/b', 'mutation/c'] });
  t.like(decision, { outcome: 'deny', reason: 'insufficient_scope', missing: ['query/b', 'mutation/c'] });
});

test('the path form covers a method and a path, anchored, and no right beyond its route', (t) => {
  const scopes = '{"GET": ["api/flows/*", "/api/health"], "post": ["/api/flows/filter"], "*": ["api/logs/*"]}';
  const on = (method: string, path: string) => ({ method, path });
  t.true(allows(scopes, 'query/read_flow', on('GET', '/api/flows/1')));
  t.true(allows(scopes, 'query/read_flows', on('POST', '/api/flows/filter')));
  t.true(allows(scopes, 'mutation/x', on('DELETE', '/api/logs/1')));
  t.false(allows(scopes, 'query/read_flow', on('GET', '/x/api/flows/1')));
  t.false(allows(scopes, 'query/read_flow', on('POST', '/api/flows/1')));
  t.false(allows(scopes, 'query/read_flows', on('POST', '/api/flows/filter/x')));
  t.false(allows(scopes, ['query/read_flow', 'query/read_block_secrets'], on('GET', '/api/flows/1')));
  t.false(allows(scopes, ['query/x', 'mutation/override_job_variables'], on('GET', '/api/flows/1')));
  t.false(allows(scopes, 'query/read_flow'), 'GraphQL has no path');
  t.false(allows(scopes, 'admin/logs'));
});

test('each bundled role parses, and reaches none of the endpoints of this service', (t) => {
  for (const role of Object.keys(roles)) {
    const policy = compilePolicy(`role:${role}`, roles as RoleDefinitions);
    t.is(policy.problem, undefined, role);
    t.is(decide(policy, { operations: ['admin/keys/create'] }).outcome, 'deny', role);
    t.is(decide(policy, { operations: ['query/read_version'] }).outcome, 'allow', role);
  }
});
