import test from 'ava';
import { deny, isDenial } from '../src/authorization/denial.ts';
import { compileBoundPolicy } from '../src/authorization/policy.ts';
import { createJudge } from '../src/judge.ts';
import type { RequestReader } from '../src/reading/read-request.ts';
import { defaultGraphqlBounds } from '../src/requests/graphql/graphql-bounds.ts';
import { createAccessRequestReader } from '../src/requests/read-access-request.ts';
import { prefectRoutes } from '../src/requests/rest/prefect-routes.ts';
import { graphqlPost } from './requests/original-request.ts';

const reader = createAccessRequestReader(prefectRoutes, {
  apiBasePath: '/api',
  uiBasePath: '',
  isOpenapiPublic: false,
  graphql: defaultGraphqlBounds,
});

/** Throws where more than the path is read. */
const unreading: RequestReader = {
  preview: reader.preview,
  read: () => {
    throw new Error('More than the path was read.');
  },
};
const unread = () => {
  throw new Error('The body was read.');
};

const judge = createJudge({
  authenticate: async () => deny('unknown_key', 'unknown'),
  reader: unreading,
  resolveObjects: async () => [],
});

const requests = ['/api/flow_runs/', '/api/block_documents/filter', '/graphql', '/api/deployments/x/create_flow_run'];

for (const target of requests) {
  test(`POST ${target}: nobody's body is read before the key is known`, async (t) => {
    const original = graphqlPost('{"flow_id": "x"}', { target, body: undefined });
    for (const headers of [{}, { authorization: 'Bearer nobodys' }, { authorization: 'Digest x' }]) {
      const { decision } = await judge(original, headers, unread);
      t.true(isDenial(decision) && /_(?:key|credential)$/.test(decision.reason));
    }
  });
}

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const run = graphqlPost('{}', { target: `/api/deployments/${ID}/create_flow_run`, body: undefined });

for (const [deployment, outcome] of [
  ['etl/daily', 'allow'],
  ['web/daily', 'deny'],
] as const) {
  test(`${deployment} is looked up where a condition of the owner decides, and the answer is to ${outcome}`, async (t) => {
    const lookedUp: unknown[] = [];
    const bounded = createJudge({
      authenticate: async () => ({
        userId: 'alice',
        credential: { kind: 'key' as const, id: 'a1' },
        scopes: '*',
        policy: compileBoundPolicy('*', 'mutation/create_flow_run_from_deployment[deployment=etl/*]', {}),
      }),
      reader,
      resolveObjects: async (named) => {
        lookedUp.push(...named);
        return [{ kind: 'deployment', name: deployment }];
      },
    });
    const verdict = await bounded(run, { authorization: 'Bearer x' }, (_most, _keyId, read) => read(Buffer.from('{}')));
    t.is(verdict.decision.outcome, outcome);
    t.deepEqual(lookedUp, [{ kind: 'deployment', id: ID }]);
  });
}
