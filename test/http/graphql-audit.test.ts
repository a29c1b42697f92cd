import { randomUUID } from 'node:crypto';
import anyTest, { type TestFn } from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

const test = anyTest as TestFn<RunningService>;

test.before(async (t) => {
  t.context = await startService();
});
test.after.always((t) => t.context.stop());

const createRun = 'mutation Run($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }';
const deleteFlow = 'mutation Delete { delete_flow(input: {}) { success } }';

/** The status, and the lines of the log that this request left. */
async function askGraphql(service: RunningService, key: string, body: unknown) {
  const requestId = randomUUID();
  const headers = { ...bearer(key), 'X-Request-Id': requestId, 'X-Real-IP': '192.0.2.7' };
  const { status } = await ask(service.url, { method: 'POST', uri: '/graphql', headers, body: JSON.stringify(body) });
  return { status, lines: service.log().filter((line) => line.requestId === requestId) };
}

test('an allowed GraphQL mutation leaves one record, with its operation name and its variables, secrets masked', async (t) => {
  const { key, id } = await t.context.issue('mutation/create_flow_run', { user: 'bob' });
  const variables = { input: { flow_id: 'f1', parameters: { db_password: 'hunter2', note: key } } };
  for (const each of [variables, JSON.stringify(variables)]) {
    const body = { query: createRun, operationName: 'Run', variables: each };
    const { status, lines } = await askGraphql(t.context, key, body);
    t.is(status, 200);
    t.is(lines.length, 1);
    t.like(lines[0], {
      msg: 'PREFECT_AUDIT_TRAIL: ALLOWED mutation/create_flow_run for bob',
      outcome: 'allow',
      user: 'bob',
      keyId: id,
      operations: ['mutation/create_flow_run'],
      operationName: 'Run',
      variables: { input: { flow_id: 'f1', parameters: { db_password: '***', note: '***' } } },
      client: '192.0.2.7',
    });
  }
  t.false(t.context.logText().includes('hunter2'));
  t.false(t.context.logText().includes(key));
});

test('a blocked GraphQL mutation leaves one record that says why', async (t) => {
  const { key } = await t.context.issue('query/*', { user: 'bob' });
  const body = { query: deleteFlow, operationName: 'Delete', variables: {} };
  const { status, lines } = await askGraphql(t.context, key, body);
  t.is(status, 403);
  t.is(lines.length, 1);
  t.like(lines[0], {
    msg: 'PREFECT_AUDIT_TRAIL: BLOCKED mutation/delete_flow for bob: insufficient_scope',
    outcome: 'deny',
    reason: 'insufficient_scope',
    operations: ['mutation/delete_flow'],
    operationName: 'Delete',
  });
  t.regex(String(lines[0]?.detail), /mutation\/delete_flow/);
});

test('a batch leaves one record for each of its mutations, and none for its queries', async (t) => {
  const { key } = await t.context.issue('query/*, mutation/*');
  const batch = [{ query: '{ hello }' }, { query: createRun, variables: {} }, { query: deleteFlow }];
  const { status, lines } = await askGraphql(t.context, key, batch);
  t.is(status, 200);
  t.deepEqual(
    lines.map(({ operations }) => operations),
    [['mutation/create_flow_run'], ['mutation/delete_flow']],
  );
});

test('a batch that is refused whole leaves one record', async (t) => {
  const { key } = await t.context.issue('query/*, mutation/create_flow_run');
  const batch = [{ query: '{ hello }' }, { query: createRun }, { query: deleteFlow }];
  const { status, lines } = await askGraphql(t.context, key, batch);
  t.is(status, 403);
  t.is(lines.length, 1);
  t.like(lines[0], {
    outcome: 'deny',
    reason: 'insufficient_scope',
    operations: ['query/hello', 'mutation/create_flow_run', 'mutation/delete_flow'],
  });
});

test('a blocked query leaves one record, without variables', async (t) => {
  const { key } = await t.context.issue('mutation/*');
  const { status, lines } = await askGraphql(t.context, key, [{ query: '{ flow { id } }', variables: { a: 'b' } }]);
  t.is(status, 403);
  t.is(lines.length, 1);
  t.like(lines[0], { reason: 'insufficient_scope', operations: ['query/flow'], variables: undefined });
});
