import test from 'ava';
import { openCliDatabase } from '../support/service/cli-database.ts';

const database = openCliDatabase(test);
const cli = (...words: readonly string[]) => database().run(words);
const create = (...words: readonly string[]) => cli('keys', 'create', '--user', 'alice', ...words);

const refused: readonly (readonly [words: readonly string[], reason: RegExp])[] = [
  [
    ['--role', 'developer', '--scopes', '!query/read_block_secrets'],
    /!query\/read_block_secrets does not help: mutation\/create_deployment, granted by role:developer, can read every block's secrets/,
  ],
  [
    ['--scopes', '* !mutation/delete_*'],
    /mutation\/bulk_delete_flow_runs, granted by \*, can do what mutation\/delete_flow_run does/,
  ],
  [
    ['--scopes', 'query/*,!query/read_variables'],
    /query\/read_variable_by_name, granted by query\/\*, can do|query\/read_variable/,
  ],
];

for (const [words, reason] of refused) {
  test.serial(`a key with ${words.join(' ')} is not made`, async (t) => {
    const { status, stderr, stdout } = await create(...words);
    t.not(status, 0);
    t.is(stdout, '');
    t.regex(stderr, reason);
    const account = await cli('accounts', 'set', 'bounded', ...words);
    t.not(account.status, 0);
    t.regex(account.stderr, reason);
    t.deepEqual(JSON.parse((await cli('keys', 'list', '--user', 'alice', '--json')).stdout), []);
  });
}

test.serial('a denial that helps is taken, and the key says what it amounts to', async (t) => {
  const { status, stdout } = await cli(
    'keys',
    'create',
    '--user',
    'bob',
    '--role',
    'runner',
    '--scopes',
    '!query/read_variable*',
  );
  t.is(status, 0);
  t.notRegex(stdout, /It can/);
  const developer = await cli('keys', 'create', '--user', 'dora', '--role', 'developer');
  t.regex(developer.stdout, /^It can run commands on workers of every pool, by mutation\/create_deployment\.$/m);
  t.regex(developer.stdout, /^It can read every block's secrets, by query\/read_block_secrets and /m);
  await cli('accounts', 'set', 'erik', '--role', 'viewer');
  const bounded = await cli('keys', 'create', '--user', 'erik', '--role', 'developer', '--json');
  t.deepEqual(JSON.parse(bounded.stdout).amountsTo, ['It can read every variable, by query/read_variables.']);
});

test.serial('a worker is named its pool, and reaches no other', async (t) => {
  const worker = JSON.parse(
    (await cli('keys', 'create', '--user', 'w', '--role', 'worker', '--work-pool', 'gpu pool', '--json')).stdout,
  );
  t.true(
    worker.amountsTo.includes(
      'It can run commands on workers (work_pool=gpu pool), by mutation/update_work_pool and mutation/override_base_job_template.',
    ),
  );
  for (const name of ['*', 'a*', 'a]', '[a'])
    t.not((await create('--role', 'worker', '--work-pool', name)).status, 0, name);
});

test.serial('an older key with a worthless denial is warned of, wherever keys are shown', async (t) => {
  const file = await database().write(
    'old.csv',
    'user_id,scopes,api_key,key_issu_dt,key_expr_dt\nolga,"role:owner !query/read_block_secrets",an-old-key-of-olga,2026-01-01,2099-01-01\n',
  );
  const imported = await cli('keys', 'import', file);
  t.is(imported.status, 0, imported.stderr);
  t.regex(imported.stderr, /^row 1: !query\/read_block_secrets does not help/m);
  const list = await cli('keys', 'list', '--user', 'olga');
  t.regex(list.stdout, /^[0-9a-f]{16}: !query\/read_block_secrets does not help/m);
  const [listed] = JSON.parse((await cli('keys', 'list', '--user', 'olga', '--json')).stdout);
  t.is(listed.warnings.length, 1);
  t.regex((await cli('keys', 'show', listed.id)).stdout, /^!query\/read_block_secrets does not help/m);
});

test.serial('a role says what it amounts to, and what it leaves out in vain', async (t) => {
  const grants = [{ scopes: ['query/*', 'mutation/*'], why: 'All but secrets.' }];
  const file = await database().write(
    'roles.json',
    JSON.stringify({ careless: { description: 'x', grants, excludes: ['query/read_block_secrets'] } }),
  );
  const { stdout } = await database().run(['roles', 'show', 'careless'], { ROLES_FILE: file });
  t.regex(stdout, /^It can run commands on workers of every pool/m);
  t.regex(stdout, /^That careless excludes query\/read_block_secrets does not help: mutation\/create_deployment/m);
  const viewer = await cli('roles', 'show', 'viewer', '--json');
  t.deepEqual(JSON.parse(viewer.stdout).amountsTo, ['It can read every variable, by query/read_variables.']);
});
