import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { compilePolicy, covers } from '../../src/authorization/policy.ts';
import { ConfigurationError, readConfig } from '../../src/config/read-config.ts';
import { readRoles } from '../../src/config/roles-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-'));
test.after.always(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const grant = (...scopes: string[]) => ({ scopes, why: 'It is needed.' });
const may = (path: string | undefined, role: string, operation: `query/${string}` | `mutation/${string}`) =>
  covers(compilePolicy(`role:${role}`, readRoles(path)), operation, { operations: [operation] });

test('without ROLES_FILE there are the roles of the service', (t) => {
  t.deepEqual(Object.keys(readRoles(undefined)), ['viewer', 'runner', 'developer', 'worker', 'owner']);
});

test('a role of ROLES_FILE has its own grants and those it inherits, and no others', (t) => {
  const path = fileOf({
    'on-call': { description: 'Cancels runs.', inherits: ['runner'], grants: [grant('mutation/set_flow_run_state')] },
  });
  t.true(may(path, 'on-call', 'mutation/set_flow_run_state'));
  t.true(may(path, 'on-call', 'mutation/create_flow_run_from_deployment'));
  t.true(may(path, 'on-call', 'query/read_flows'));
  t.false(may(path, 'on-call', 'mutation/delete_flow_run'));
  t.false(may(path, 'on-call', 'query/read_block_secrets'));
  t.false(may(path, 'runner', 'mutation/set_flow_run_state'));
});

test('a role leaves out what it excludes, and gives it to nobody who inherits it', (t) => {
  const path = fileOf({
    'read-only': { description: 'Reads.', grants: [grant('query/*')], excludes: ['query/read_settings'] },
    auditor: { description: 'Reads settings, too.', inherits: ['read-only'], grants: [grant('query/read_settings')] },
  });
  t.false(may(path, 'read-only', 'query/read_settings'));
  t.true(may(path, 'auditor', 'query/read_settings'));
});

const refused: readonly (readonly [title: string, content: unknown, message: RegExp])[] = [
  ['is not JSON', '{', /cannot be read/],
  ['is a list', [], /the file/],
  [
    'misspells a scope',
    { a: { description: 'x', grants: [grant('query/read_flwos')] } },
    /a: .*the nearest is "query\/read_flows"/,
  ],
  [
    'misspells what it excludes',
    { a: { description: 'x', grants: [grant('*')], excludes: ['mutation/delte_*'] } },
    /"mutation\/delete_\*"/,
  ],
  ['misspells a member', { a: { description: 'x', grants: [], excepts: [] } }, /a: .*excepts/],
  ['names a role of the service', { viewer: { description: 'x', grants: [] } }, /"viewer" comes with the service/],
  ['inherits nobody', { a: { description: 'x', inherits: ['b'], grants: [] } }, /a inherits "b"/],
  [
    'inherits itself by another',
    { a: { description: 'x', inherits: ['b'], grants: [] }, b: { description: 'x', inherits: ['a'], grants: [] } },
    /a inherits itself; b inherits itself/,
  ],
  ['has a denial', { a: { description: 'x', grants: [grant('!mutation/*')] } }, /a has "!mutation\/\*"/],
  ['has a role for a scope', { a: { description: 'x', grants: [grant('role:owner')] } }, /a has "role:owner"/],
  ['has two scopes in one', { a: { description: 'x', grants: [grant('query/*, mutation/*')] } }, /a has "query/],
  ['has no scope at all in one', { a: { description: 'x', grants: [grant('')] } }, /a has ""/],
  [
    'excludes what does not parse',
    { a: { description: 'x', grants: [], excludes: ['secrets'] } },
    /a excludes "secrets"/,
  ],
  [
    'excludes on a condition',
    { a: { description: 'x', grants: [], excludes: ['query/*[block=x/*]'] } },
    /a excludes "query/,
  ],
  ['does not say why', { a: { description: 'x', grants: [{ scopes: ['query/*'] }] } }, /a\.grants\.0\.why/],
  ['has a word that means nothing', { a: { description: 'x', grants: [], denies: ['query/*'] } }, /denies/],
  ['has a name that no scope can name', { 'a b': { description: 'x', grants: [] } }, /a b/],
];

for (const [title, content, message] of refused) {
  test(`a ROLES_FILE that ${title} stops the start, by name`, (t) => {
    const path = fileOf(content);
    t.throws(() => readRoles(path), { message });
    const error = t.throws(() => readConfig({ ROLES_FILE: path, PORT: 'x' }), { instanceOf: ConfigurationError });
    t.is(error?.problems.length, 2);
    t.true(error?.problems.some((problem) => problem.startsWith('ROLES_FILE ')));
  });
}

test('a ROLES_FILE that does not exist stops the start', (t) => {
  t.throws(() => readConfig({ ROLES_FILE: join(folder, 'none.json') }), {
    message: /ROLES_FILE is not usable: cannot be read/,
  });
});

test('a role may have scopes for a release to come where it says so', (t) => {
  const role = { description: 'x', grants: [grant('query/read_later_thing')], excludes: ['mutation/later_*'] };
  t.truthy(readRoles(fileOf({ a: { ...role, allowUnknown: true } })).a);
  t.throws(() => readRoles(fileOf({ a: { ...role, allowUnknown: true }, b: role })), { message: /b: / });
});
