import test from 'ava';
import { defaultGraphqlBounds } from '../src/authorization/graphql-bounds.ts';
import { prefectRoutes } from '../src/authorization/prefect-routes.ts';
import { type AccessRequestReader, createAccessRequestReader } from '../src/authorization/read-access-request.ts';
import { deny, isDenial } from '../src/denial.ts';
import { createJudge } from '../src/judge.ts';
import { graphqlPost } from './authorization/original-request.ts';

const reader = createAccessRequestReader(prefectRoutes, {
  apiBasePath: '/api',
  isOpenapiPublic: false,
  graphql: defaultGraphqlBounds,
});

/** Throws where a body is read. */
const unreading: AccessRequestReader = {
  isGraphql: reader.isGraphql,
  readGraphql: () => {
    throw new Error('The document was read.');
  },
  readRest(original) {
    if (original.body !== undefined) throw new Error('The body was read.');
    return reader.readRest(original);
  },
};

const judge = createJudge({
  authenticate: async () => deny('unknown_key', 'unknown'),
  reader: unreading,
  isPublicAccessAllowed: false,
  resolveObjects: async () => [],
});

const body = Buffer.from('{"flow_id": "x"}');
const requests = ['/api/flow_runs/', '/api/block_documents/filter', '/graphql', '/api/deployments/x/create_flow_run'];

for (const target of requests) {
  test(`POST ${target}: nobody's body is read before the key is known`, async (t) => {
    const original = graphqlPost(body, { target });
    for (const headers of [{}, { authorization: 'Bearer nobodys' }, { authorization: 'Digest x' }]) {
      const { decision } = await judge(original, headers);
      t.true(isDenial(decision) && /_(?:key|credential)$/.test(decision.reason));
    }
  });
}
