import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import builtIn from '../../data/roles.json' with { type: 'json' };
import { ADMIN_OPERATIONS, knownOperations } from '../../src/amounts/known-operations.ts';
import { findUnknownScopes } from '../../src/amounts/unknown-scopes.ts';
import { splitScopes } from '../../src/authorization/scope.ts';
import { cost } from '../requests/cost.ts';
import { readPages } from '../support/documentation.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('a scope for nothing that is known is found, with the nearest that is', (t) => {
  const found: [string, string][] = [
    ['mutation/create_flw_run', '"mutation/create_flow_run"'],
    ['query/read_flow', 'is known'],
    ['query/read_flwos', '"query/read_flows"'],
    ['query/* mutation/create_flow_run_from_deploymnt[deployment=etl/*]', '"mutation/create_flow_run_from_deployment"'],
    ['role:owner !mutation/delete_flw', '"mutation/delete_flow"'],
    ['role:owner, !mutation/delte_*', '"mutation/delete_*"'],
    ['mutation/read_flows', '"query/read_flows"'],
    ['query/read_block_secret', '"query/read_block_secrets"'],
    ['query/create_flow_run', 'there is no operation'],
    ['admin/keys/creat', '"admin/keys/create"'],
    ['admin/key/*', '"admin/keys*"'],
    ['query/xyzzy_quux_frobnicate_the_grue', 'there is no operation'],
    ['{"GETT": ["api/flows/*"]}', '"GETT" is not a method of HTTP'],
  ];
  for (const [text, words] of found) {
    const problems = findUnknownScopes(text);
    if (words === 'is known') continue;
    t.is(problems.length, 1, text);
    t.true(problems[0]?.includes(words), `${text}: ${problems}`);
  }
  t.notRegex(findUnknownScopes('query/xyzzy_quux_frobnicate_the_grue').join(), /nearest/);
  t.is(findUnknownScopes('query/read_flwos, query/read_flwos, mutation/x_y_z').length, 2, 'each once');
});

test('what is known is taken: every operation, every role, and every scope of the documentation', (t) => {
  for (const operation of knownOperations) t.deepEqual(findUnknownScopes(`${operation} !${operation}`), [], operation);
  for (const scopes of [
    '*',
    'query/*',
    '*/*',
    'mutation/*_flow_run*',
    'admin/*',
    'role:nobody',
    '*/*[work_pool=gpu-*]',
  ])
    t.deepEqual(findUnknownScopes(scopes), [], scopes);
  for (const { grants, excludes = [] } of Object.values<{
    grants: { scopes: string[] }[];
    excludes?: string[];
  }>(builtIn))
    t.deepEqual(findUnknownScopes([...grants.flatMap(({ scopes }) => scopes), ...excludes].join(' ')), []);
  const quoted = [...readPages().matchAll(/(?:`|")(!?(?:query|mutation|admin)\/[^`"\n<]*?)(?:`|")/g)];
  t.true(quoted.length > 50);
  for (const [, scopes = ''] of quoted) t.deepEqual(findUnknownScopes(scopes), [], scopes);
});

test('a letter that is left out, doubled or another makes an operation unknown, or another one that is known', (t) => {
  const operation = fc.constantFrom(...knownOperations);
  const at = fc.nat(60);
  fc.assert(
    fc.property(operation, at, fc.constantFrom('drop', 'double', 'swap'), (known, position, how) => {
      const slash = known.indexOf('/') + 1;
      const index = slash + (position % (known.length - slash));
      const letter = known[index] ?? '';
      const put = { drop: '', double: letter + letter, swap: letter === 'q' ? 'z' : 'q' }[how];
      const misspelt = known.slice(0, index) + put + known.slice(index + 1);
      if (knownOperations.has(misspelt as never) || misspelt.endsWith('/') || misspelt === known) return;
      const [problem = ''] = findUnknownScopes(misspelt);
      t.true(problem.includes('there is no operation'), misspelt);
    }),
    { numRuns: 500 },
  );
});

test('the operations of the service itself are those that its endpoints ask for', (t) => {
  const files = readdirSync(join(root, 'src/http/admin')).map((name) => `src/http/admin/${name}`);
  const asked = ['src/app.ts', ...files].flatMap((path) =>
    [...read(path).matchAll(/(?:requires\(|operation: )'(admin\/[a-z/]+)'/g)].map(([, operation]) => operation),
  );
  t.deepEqual([...new Set(asked)].sort(), [...ADMIN_OPERATIONS].sort());
  t.is(splitScopes(ADMIN_OPERATIONS.join(' ')).length, ADMIN_OPERATIONS.length);
});

test('no text of scopes takes long to look through', (t) => {
  const fill = (word: (at: number) => string) => {
    const words = Array.from({ length: 1_000 }, (_, at) => word(at)).join(' ');
    return words.slice(0, words.lastIndexOf(' ', 2_000));
  };
  for (const text of [
    `query/${'a'.repeat(1_990)}`,
    `mutation/${'a'.repeat(1_900)}*`,
    fill((at) => `query/${at.toString(36)}`),
    fill((at) => `query/read_${'x'.repeat(50)}${at}`),
    fill((at) => `!*/*${at.toString(36)}*`),
  ]) {
    t.true(cost(() => findUnknownScopes(text), 25) <= 25, text.slice(0, 40));
    t.true(findUnknownScopes(text).length > 0, text.slice(0, 40));
  }
});
