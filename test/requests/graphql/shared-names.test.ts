import test from 'ava';
import prefect1 from '../../../data/prefect1.json' with { type: 'json' };
import roles from '../../../data/roles.json' with { type: 'json' };
import { knownOperations } from '../../../src/amounts/known-operations.ts';
import { decide } from '../../../src/authorization/decide.ts';
import { isDenial } from '../../../src/authorization/denial.ts';
import { compilePolicy } from '../../../src/authorization/policy.ts';
import { defaultGraphqlBounds } from '../../../src/requests/graphql/graphql-bounds.ts';
import { readGraphqlRequest } from '../../../src/requests/graphql/graphql-operations.ts';
import { prefectOperations } from '../../../src/requests/rest/prefect-routes.ts';
import { graphqlPost } from '../original-request.ts';

function outcome(scopes: string, query: string): string {
  const request = readGraphqlRequest(graphqlPost({ query }), defaultGraphqlBounds);
  return isDenial(request) ? request.message : decide(compilePolicy(scopes, roles), request).outcome;
}

const writes = 'mutation { update_flow_run(where: {}, _set: {run_config: {type: "x"}}) { affected_rows } }';
const denied: readonly (readonly [scopes: string, query: string])[] = [
  ['role:worker', writes],
  ['role:worker', 'mutation { create_flow(input: {serialized_flow: {}}) { id } }'],
  ['role:worker', 'mutation { hello: update_flow_run(where: {}) { affected_rows } }'],
  ['role:worker', 'mutation { ...F } fragment F on mutation_root { update_flow_run(where: {}) { affected_rows } }'],
  ['role:developer', writes],
  ['role:developer', 'mutation { update_flow(where: {}) { affected_rows } }'],
  ['role:developer', 'mutation { update_task_run(where: {}) { affected_rows } }'],
  ['role:developer', 'mutation { delete_task_run(where: {}) { affected_rows } }'],
  ['mutation/update_flow_run', writes],
  ['mutation/update_flow_run mutation/update_flow_by_pk', writes],
  ['mutation/* !mutation/*_by_pk', writes],
];
for (const [scopes, query] of denied) {
  test(`Prefect 1: ${scopes} does not cover ${query}`, (t) => t.is(outcome(scopes, query), 'deny'));
}

test('Prefect 1: who names what only Prefect 1 has may write to its tables', (t) => {
  t.is(outcome('mutation/*', writes), 'allow');
  t.is(outcome('mutation/update_flow_run mutation/update_flow_run_by_pk', writes), 'allow');
  t.is(outcome('mutation/create_flow*', 'mutation { create_flow(input: {}) { id } }'), 'allow');
});

/** These do in Prefect 1 what the route of their name does. */
const ALIKE = ['mutation/delete_flow', 'mutation/create_flow_run', 'mutation/delete_flow_run', 'query/hello'];

test('each name that Prefect 1 shares with a later one is known to mean the same, or asks for more', (t) => {
  const also: Readonly<Record<string, readonly string[]>> = prefect1.also;
  const own = [
    ...prefect1.queries.map((name) => `query/${name}`),
    ...prefect1.mutations.map((name) => `mutation/${name}`),
  ];
  const shared = own.filter((operation) => (prefectOperations as readonly string[]).includes(operation));
  t.deepEqual(shared.filter((operation) => !ALIKE.includes(operation)).sort(), Object.keys(also).sort());
  for (const operation of Object.values(also).flat()) {
    t.true((knownOperations as ReadonlySet<string>).has(operation), operation);
    t.false((prefectOperations as readonly string[]).includes(operation), operation);
  }
});
