import test from 'ava';
import roles from '../../../data/roles.json' with { type: 'json' };
import type { AccessRequest } from '../../../src/authorization/access-request.ts';
import { type Aside, joinAsides } from '../../../src/authorization/aside.ts';
import { decide } from '../../../src/authorization/decide.ts';
import type { PrefectObject } from '../../../src/authorization/objects.ts';
import type { Operation } from '../../../src/authorization/operation.ts';
import { compileBoundPolicy, compilePolicy } from '../../../src/authorization/policy.ts';

function request(own: Operation, asides: readonly Aside[], objects: readonly PrefectObject[] = []): AccessRequest {
  const joined = joinAsides(asides);
  return {
    operations: [own, ...joined.keys()],
    asides: joined,
    rest: { method: 'POST', path: '/api/block_documents/1' },
    objects,
  };
}

function outcome(scopes: string, asked: AccessRequest): string {
  return decide(compilePolicy(scopes, roles), asked).outcome;
}

const queue: Aside = { operation: 'mutation/create_work_queue', field: 'work_queue_name' };
const run: Operation = 'mutation/create_flow_run_from_deployment';

test('a denial says which field asked for which operation', (t) => {
  const variable: Aside = { operation: 'query/read_variable_by_name', field: 'parameters' };
  const decision = decide(compilePolicy(run, roles), request(run, [queue, variable]));
  t.like(decision, {
    outcome: 'deny',
    reason: 'insufficient_scope',
    message:
      'This key lacks the scope mutation/create_work_queue (for its field work_queue_name), query/read_variable_by_name ' +
      '(for its field parameters). Ask the people who run this Prefect for a key that has it.',
  });
});

test('a key that holds both operations may', (t) => {
  t.is(outcome(run, request(run, [queue])), 'deny');
  t.is(outcome(queue.operation, request(run, [queue])), 'deny');
  t.is(outcome(`${run} ${queue.operation}`, request(run, [queue])), 'allow');
  t.is(outcome(`* !${queue.operation}`, request(run, [queue])), 'deny');
  const bound = compileBoundPolicy('*', run, roles);
  t.is(decide(bound, request(run, [queue])).outcome, 'deny');
});

test('a path grants its route and not what a field asks for', (t) => {
  const paths = '{"POST": ["api/*"]}';
  t.is(outcome(paths, request(run, [])), 'allow');
  t.is(outcome(paths, request(run, [queue])), 'deny');
});

const update: Operation = 'mutation/update_block_document_data';
const mine: PrefectObject = { kind: 'block', name: 'secret/mine' };
const readOther: Aside = { operation: 'query/read_block_document_by_id', field: 'data', isElsewhere: true };
const secretsOfOther: Aside = { ...readOther, operation: 'query/read_block_secrets' };

test('a condition is about what the path names and not about what a field refers to', (t) => {
  const asked = request(update, [readOther], [mine]);
  t.is(outcome(`${update}[block=secret/mine] query/read_block_document_by_id[block=secret/mine]`, asked), 'deny');
  t.is(outcome(`${update}[block=secret/mine] query/read_block_document_by_id`, asked), 'allow');
  t.is(outcome(`${update}[block=secret/mine]`, request(update, [], [mine])), 'allow');
});

test('a reference leads a key with secrets of some blocks to no others', (t) => {
  const asked = request(update, [readOther, secretsOfOther], [mine]);
  const may = `${update} query/read_block_document_by_id`;
  t.is(outcome(`${may} query/read_block_secrets[block=secret/mine]`, asked), 'deny');
  t.is(outcome(`${may} query/read_block_secrets`, asked), 'allow');
  t.is(outcome(may, asked), 'deny', 'nor does it lead another key there, which then reads this block');
  t.is(outcome(`${may} query/* !query/read_block_secrets`, asked), 'deny');
});

test('of several fields that ask for an operation the strictest counts', (t) => {
  const strict: Aside = { operation: 'query/read_block_secrets', field: 'block_schema_id' };
  for (const asides of [
    [strict, secretsOfOther],
    [secretsOfOther, strict],
  ]) {
    const may = `${update} query/read_block_document_by_id`;
    t.is(outcome(may, request(update, asides, [mine])), 'deny');
    t.is(outcome(`${may} query/read_block_secrets[block=secret/mine]`, request(update, asides, [mine])), 'deny');
    t.is(outcome(`${may} query/read_block_secrets`, request(update, asides, [mine])), 'allow');
  }
});
