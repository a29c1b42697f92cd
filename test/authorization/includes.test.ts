import test from 'ava';
import fc from 'fast-check';
import roles from '../../data/roles.json' with { type: 'json' };
import type { AccessRequest } from '../../src/authorization/access-request.ts';
import { includes } from '../../src/authorization/includes.ts';
import type { PrefectObject } from '../../src/authorization/objects.ts';
import type { Operation } from '../../src/authorization/operation.ts';
import { compileBoundPolicy, covers, type Policy, PRELIMINARIES } from '../../src/authorization/policy.ts';
import type { RoleDefinitions } from '../../src/authorization/roles.ts';

const definitions = roles as RoleDefinitions;
const policy = (text: string, bound?: string) => compileBoundPolicy(text, bound, definitions);

test('whoever holds more can give less', (t) => {
  const pairs: [string, string][] = [
    ['*', 'query/*'],
    ['*', 'role:owner, role:worker'],
    ['*', '{"GET": ["api/*"], "*": ["*"]}'],
    ['role:owner', 'role:viewer'],
    ['role:owner', 'role:developer'],
    ['role:developer', 'role:runner'],
    ['role:developer', 'query/*'],
    ['role:viewer', 'role:viewer'],
    ['role:viewer', 'query/read_flows'],
    ['role:viewer', 'query/*, !query/read_block_*, !query/validate_obj'],
    ['mutation/create_*', 'mutation/create_flow*'],
    ['mutation/*, !mutation/delete_*', 'mutation/create_*'],
    ['mutation/*, !mutation/delete_*', 'mutation/*, !mutation/d*'],
    ['admin/*', 'admin/keys/*'],
    ['query/*, !admin/x', 'query/y'],
    ['{"GET": ["api/*"]}', '{"GET": ["api/flows/*"]}'],
    ['query/*', 'query/x[deployment=etl/*]'],
    ['query/*[deployment=etl/*]', 'query/x[deployment=etl/*][work_pool=a]'],
    ['{"*": ["api/*"]}', '{"GET": ["api/flows/*"]}'],
    ['query/*', 'nonsense'],
    ['query/*', ''],
  ];
  for (const [more, less] of pairs) t.true(includes(policy(more), policy(less)), `${more} includes ${less}`);
});

test('nobody can give what they do not hold', (t) => {
  const pairs: [string, string][] = [
    ['query/*', '*'],
    ['query/*', 'mutation/create_flow'],
    ['query/*', '*/read_flows'],
    ['*', 'admin/keys/create'],
    ['*/*', 'admin/*'],
    ['query/*, mutation/*', 'admin/x'],
    ['role:owner', 'admin/*'],
    ['admin/keys/*', 'admin/*'],
    ['admin/*', '*'],
    ['admin/*', 'query/x'],
    ['role:viewer', 'query/*'],
    ['role:viewer', 'query/read_block_secrets'],
    ['role:runner', 'role:developer'],
    ['role:developer', 'role:owner'],
    ['role:owner, !mutation/delete_*', 'role:owner'],
    ['role:owner, !mutation/delete_*', 'mutation/delete_flow'],
    ['*, !mutation/*_flow', 'mutation/create_*'],
    ['*, !mutation/delete_flow', '{"DELETE": ["api/*"]}'],
    ['query/*', '{"GET": ["api/*"]}'],
    ['{"GET": ["api/*"]}', 'query/read_flows'],
    ['{"GET": ["api/flows/*"]}', '{"GET": ["api/*"]}'],
    ['{"GET": ["api/*"]}', '{"POST": ["api/*"]}'],
    ['{"GET": ["api/*"]}', '{"*": ["api/flows"]}'],
    ['{"GET": ["api/\\u0000"]}', '{"GET": ["api/*"]}'],
    ['mutation/create_flow', 'mutation/create_*'],
    ['query/*[deployment=etl/*]', 'query/x'],
    ['query/*[deployment=etl/*]', 'query/x[deployment=*]'],
    ['query/*[deployment=etl/*][block=a]', 'query/x[deployment=etl/*]'],
    ['query/*, !query/auth_info', 'query/x'],
    ['query/*, !query/read_version', 'query/x'],
    ['query/*, !mutation/create_csrf_token', 'query/x'],
    ['query/*, !mutation/create_csrf_token', '{"GET": ["api/flows/*"]}'],
    ['nonsense', 'query/x'],
    ['role:nobody', 'query/x'],
  ];
  for (const [less, more] of pairs) t.false(includes(policy(less), policy(more)), `${less} does not include ${more}`);
});

test('what bounds the giver bounds the gift', (t) => {
  t.false(includes(policy('*', 'query/*'), policy('mutation/x')));
  t.true(includes(policy('*', 'query/*'), policy('query/x')));
  t.true(includes(policy('query/*'), policy('*', 'query/x')), 'a key counts as no more than its owner may do');
  t.false(includes(policy('query/*', 'mutation/*'), policy('query/x')));
});

const words = [
  'query/a[deployment=x]',
  'query/*[deployment=x]',
  '*[deployment=*][block=y]',
  '!query/auth_*',
  '!query/read_v*',
  '!mutation/create_csrf_token',
  'query/a',
  'query/ab',
  'query/*',
  'query/a*',
  'query/*b',
  '*',
  '*/*',
  '*/a',
  'mutation/*',
  'mutation/a*b',
  'mutation/ab',
  'admin/*',
  'admin/a',
  'query/*a*',
  'role:narrow',
  'role:wide',
  'role:both',
];
const own: RoleDefinitions = {
  narrow: { description: '', grants: [{ scopes: ['query/*'], why: '' }], excludes: ['query/a*'] },
  wide: { description: '', inherits: ['narrow'], grants: [{ scopes: ['mutation/*', 'query/ab'], why: '' }] },
  both: {
    description: '',
    inherits: ['narrow'],
    grants: [{ scopes: ['query/a*', 'mutation/a'], why: '' }],
    excludes: ['query/*b'],
  },
};
const scopeText = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom('', '', '', '!'), fc.constantFrom(...words)), { maxLength: 4 })
    .map((all) => all.map(([denial, word]) => (/^role:|^!|\[/.test(word) ? word : denial + word)).join(' ')),
  fc
    .array(fc.tuple(fc.constantFrom('GET', 'POST', '*'), fc.constantFrom('*', '/a', '/a*', '/*b', '/a/*', '/ab')), {
      maxLength: 3,
    })
    .map((all) => JSON.stringify(Object.fromEntries(all.map(([method, path]) => [method, [path]])))),
);
const somePolicy: fc.Arbitrary<Policy> = fc
  .tuple(scopeText, fc.option(scopeText, { nil: undefined, freq: 3 }))
  .map(([text, bound]) => compileBoundPolicy(text, bound, own));
const operations = [
  ...['query', 'mutation', 'admin'].flatMap((kind) =>
    ['a', 'b', 'ab', 'aab', 'abb', 'ba', 'c', 'cab', 'auth_info'].map((name) => `${kind}/${name}` as Operation),
  ),
  ...PRELIMINARIES,
];
const paths = ['GET', 'POST', 'DELETE'].flatMap((method) =>
  ['/a', '/ab', '/b', '/a/b', '/c'].map((path) => ({ method, path })),
);
const objects: PrefectObject[][] = [
  [{ kind: 'deployment', name: 'x' }],
  [{ kind: 'deployment', name: 'z' }],
  [
    { kind: 'deployment', name: 'x' },
    { kind: 'block', name: 'y' },
  ],
];
const requests: AccessRequest[] = [
  { operations: [] },
  ...objects.map((named) => ({ operations: [], objects: named })),
  ...paths.map((rest) => ({ operations: [], rest })),
];

test('a policy that includes another covers every operation that the other covers', (t) => {
  let included = 0;
  fc.assert(
    fc.property(somePolicy, somePolicy, (policy, other) => {
      if (!includes(policy, other)) return;
      included++;
      for (const operation of operations) {
        for (const request of requests) {
          // No request has both an administrator's operation and a path of Prefect.
          if (operation.startsWith('admin/') && request.rest !== undefined) continue;
          if (covers(other, operation, request)) t.true(covers(policy, operation, request), operation);
        }
      }
    }),
    { numRuns: 20_000 },
  );
  t.true(included > 1_000, `only ${included} pairs say anything`);
});
