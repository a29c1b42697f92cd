import test from 'ava';
import type { AccessRequest, OriginalRequest } from '../../src/authorization/access-request.ts';
import { decide } from '../../src/authorization/decide.ts';
import { isDenial } from '../../src/authorization/denial.ts';
import { compilePolicy } from '../../src/authorization/policy.ts';
import { defaultGraphqlBounds } from '../../src/requests/graphql/graphql-bounds.ts';
import { createAccessRequestReader } from '../../src/requests/read-access-request.ts';
import { prefectRoutes } from '../../src/requests/rest/prefect-routes.ts';
import { graphqlGet } from './original-request.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const reader = createAccessRequestReader(prefectRoutes, {
  apiBasePath: '/api',
  uiBasePath: '',
  isOpenapiPublic: false,
  graphql: defaultGraphqlBounds,
});

function read(target: string, changes: Partial<OriginalRequest> = {}): readonly string[] | string {
  const original = graphqlGet(target, changes);
  const answer = reader.read(original);
  if (answer === 'public') return answer;
  return isDenial(answer) ? answer.reason : answer.operations;
}

const document = 'query={auth_info{tenant_id}}';

const readings: readonly (readonly [target: string, expected: readonly string[] | string])[] = [
  [`/api/flows/${ID}`, ['query/read_flow']],
  [`/api/flows/${ID}?${document}`, ['query/read_flow', 'query/auth_info']],
  [`/api/flows/${ID}?%71uery=%7Bauth_info%7Btenant_id%7D%7D`, ['query/read_flow', 'query/auth_info']],
  [`/api/csrf-token?${document}`, ['mutation/create_csrf_token', 'query/auth_info']],
  [`/api/nothing?${document}`, ['query/unknown', 'query/auth_info']],
  [`/docs?${document}`, ['query/openapi', 'query/auth_info']],
  [`/api/health?${document}`, ['query/auth_info']],
  [`/ui-settings?${document}`, ['query/auth_info']],
  ['/api/observed-states?query=Run', ['query/read_observed_states']],
  [`/api/block_documents/${ID}?include_secrets=true&${document}`, 'unsupported_request'],
  [`/api/flows/${ID}?extensions={"persistedQuery":{}}`, 'unreadable_request'],
  [`/api/flows/${ID}?extensions[persistedQuery]=x`, 'unreadable_request'],
  [`/api/flows/${ID}?query={`, 'unreadable_request'],
  [`/x/../api/flows/${ID}?${document}`, 'ambiguous_path'],
  [`/graphql?${document}`, ['query/auth_info']],
];

for (const [target, expected] of readings) {
  test(`${target} needs ${expected}`, (t) => {
    const needed = read(target);
    if (typeof expected === 'string' && expected.startsWith('un'))
      t.true(typeof needed === 'string' && needed !== 'public');
    else t.deepEqual(needed, expected);
  });
}

test('a document in the URL makes no other method or WebSocket a query', (t) => {
  for (const method of ['DELETE', 'POST', 'PATCH', 'PUT']) {
    t.is(read(`/api/flows/${ID}?${document}`, { method }), 'unsupported_request', method);
  }
  t.is(read(`/api/events/in?${document}`, { isWebSocket: true }), 'unsupported_request');
});

test('a document in the URL is covered by no scope that is a path, and by no condition', (t) => {
  const request = reader.read(graphqlGet(`/api/deployments/${ID}?query={secret_value(name:"x")}`)) as AccessRequest;
  const objects = [{ kind: 'deployment', name: 'etl/nightly', id: ID }] as const;
  const missingOf = (scopes: string) => {
    const decision = decide(compilePolicy(scopes, {}), { ...request, objects });
    return decision.outcome === 'deny' ? decision.missing : [];
  };
  t.deepEqual(missingOf('{"GET": ["api/deployments/*"]}'), ['query/secret_value']);
  t.deepEqual(missingOf('*/*[deployment=etl/*]'), ['query/secret_value']);
  t.deepEqual(missingOf('query/*'), []);
});
