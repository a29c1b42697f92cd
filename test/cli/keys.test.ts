import { execFileSync } from 'node:child_process';
import test from 'ava';
import manifest from '../../package.json' with { type: 'json' };
import { runCli } from '../support/process/run-cli.ts';
import { openCliDatabase } from '../support/service/cli-database.ts';

const database = openCliDatabase(test);
// Another zone than that of anyone else.
const cli = (words: readonly string[], input = '') => database().run(words, { TZ: 'Asia/Tokyo' }, { input });
const json = async (...words: string[]) => JSON.parse((await cli([...words, '--json'])).stdout);
const inFile = (name: string, text: string) => database().write(name, text);

test.serial('a key lives: it is created, shown, listed, rotated and revoked', async (t) => {
  const created = await json(
    'keys',
    'create',
    '--user',
    'alice',
    '--role',
    'viewer',
    '--description',
    'laptop',
    '--not-before',
    '2026-01-01',
    '--expires',
    '2099-01-31T10:00+02:00',
  );
  t.regex(created.key, /^pfa_[0-9A-Za-z]{38}$/);
  t.like(created, {
    userId: 'alice',
    scopes: 'role:viewer',
    validFrom: '2026-01-01T00:00:00.000Z',
    expiresAt: '2099-01-31T08:00:00.000Z',
  });
  t.like(await json('keys', 'show', created.id), { id: created.id, description: 'laptop', isCleartext: false });
  const keyFile = await inFile('key', `${created.key}\n`);
  t.like(await json('keys', 'show', '--key-file', keyFile), { id: created.id });
  const shown = await cli(['keys', 'show', '--key-file', '-'], created.key);
  t.regex(shown.stdout, /^user +alice$/m);
  t.regex(shown.stdout, /^created +.* by cli:\w+$/m);

  const rotated = await json('keys', 'rotate', created.id, '--grace', '30m', '--expires', '90d');
  t.like(rotated, { userId: 'alice', scopes: 'role:viewer' });
  const old = await json('keys', 'show', created.id);
  t.is(old.replacedBy, rotated.id);
  t.true(Math.abs(Date.parse(old.expiresAt) - Date.now() - 30 * 60_000) < 60_000);
  const again = await cli(['keys', 'rotate', created.id]);
  t.is(again.status, 4);
  t.regex(again.stderr, new RegExp(`rotated already, by cli:\\w+, and ${rotated.id} took its place`));

  t.is((await cli(['keys', 'revoke', rotated.id])).status, 0);
  t.truthy((await json('keys', 'show', rotated.id)).revokedAt);
  t.regex((await cli(['keys', 'list', '--user', 'alice'])).stdout, /in grace[\s\S]*revoked|revoked[\s\S]*in grace/);
  t.is((await json('keys', 'list', '--user', 'nobody')).length, 0);
});

test.serial('a person who creates a key gets the lines that Prefect clients need', async (t) => {
  const { stdout, status } = await cli([
    'keys',
    'create',
    '--user',
    'lines',
    '--scopes',
    'query/*',
    '--role',
    'runner',
  ]);
  t.is(status, 0);
  const [key] = /pfa_\w{38}/.exec(stdout) ?? [];
  t.regex(stdout, /It grants role:runner query\/\* and expires on /);
  t.true(stdout.includes(`PREFECT_CLIENT_CUSTOM_HEADERS='{"Authorization": "Bearer ${key}"}'`));
});

test.serial('what is wrong is told by name, with an exit code of its own', async (t) => {
  t.timeout(180_000);
  const create = ['keys', 'create', '--user', 'bob'];
  const wrong: [string[], number, RegExp][] = [
    [[...create], 2, /--scopes and --role/],
    [[...create, '--scopes', 'nonsense'], 2, /"nonsense" is not a scope/],
    [
      [...create, '--scopes', 'mutation/create_flw_run'],
      2,
      /no operation "mutation\/create_flw_run"; the nearest is "mutation\/create_flow_run"\. .*--allow-unknown/,
    ],
    [
      [...create, '--role', 'owner', '--scopes', '!mutation/delte_*'],
      2,
      /matches "mutation\/delte_\*"; .*"mutation\/delete_\*"/,
    ],
    [
      [...create, '--scopes', 'query/read_flow_run[deploiment=etl/*]'],
      2,
      /an unknown condition; the known ones are \[deployment=/,
    ],
    [[...create, '--role', 'viewer', '--expires', '2027-02-31'], 2, /neither a duration/],
    [[...create, '--role', 'viewer', '--expires', '99999y'], 2, /after the year 9999/],
    [[...create, '--role', 'viewer', '--expires', '0d'], 2, /neither a duration/],
    [['accounts', 'set', 'x', '--scopes', 'query/read_flwos'], 2, /the nearest is "query\/read_flows"/],
    [['accounts', 'set', 'x', '--role', 'viewr'], 2, /there is no role "viewr"/],
    [['accounts', 'set', 'x', '--roel', 'viewer'], 2, /unknown option '--roel'/],
    [['accounts', 'set', 'x', '--unbounded', '--role', 'viewer'], 2, /--unbounded conflicts with/],
    [['explain', 'GETT', '/api/flows', '--user', 'x'], 2, /not a method of HTTP/],
    [['explain', 'GET', 'https://host/api/flows', '--user', 'x'], 2, /beginning with a slash/],
    [['keys', 'list', '--unused-since', 'yesterday'], 2, /neither a duration/],
    [['keys', 'rotate', 'x', '--grace', '-1d'], 2, /not a duration/],
    [[...create, '--role', 'nobody'], 2, /there is no role "nobody"/],
    [[...create, '--role', 'viewer', '--expires', '2020-01-01'], 2, /--expires.*It lies in the past/],
    [[...create, '--role', 'viewer', '--expires', '2099-01-31 10:00'], 2, /--expires.*neither a duration/],
    [[...create, '--role', 'viewer', '--expires', '1d', '--not-before', '2d'], 2, /expire before it becomes valid/],
    [['keys', 'create', '--role', 'viewer', '--user', 'x'.repeat(129)], 2, /user name has 129 characters/],
    [['keys', 'create', '--role', 'viewer', '--user', 'a\nb'], 2, /control character/],
    [['keys', 'list', '--limit', '0'], 2, /--limit/],
    [['keys', 'list', '--after', 'nonsense'], 2, /"after"/],
    [['keys', 'show'], 2, /either the id of a key, or --key-file/],
    [['keys', 'show', 'x', '--key-file', '-'], 2, /either/],
    [['keys', 'show', 'nothing'], 3, /No key has this id/],
    [['keys', 'revoke', '--key-file', '-'], 3, /not known here/],
    [['keys', 'revoke', '--key-file', '/nonexistent'], 2, /nonexistent cannot be read/],
    [['keys', 'import', '/nonexistent'], 2, /nonexistent cannot be read/],
    [['explain', 'GET', '/api/flows', '--user', 'x', '--body', '/nonexistent'], 2, /nonexistent cannot be read/],
    [['keys', 'rotate', 'nothing'], 3, /No key has this id/],
    [['keys', 'unknown'], 2, /unknown command/],
    [['accounts', 'remove', 'nobody'], 3, /no account nobody/],
    [['explain', 'GET', '/api/flows'], 2, /--user and --key-id/],
    [['completion', 'csh'], 2, /bash, zsh, fish/],
  ];
  for (const [words, status, message] of wrong) {
    const result = await cli(words);
    t.is(result.status, status, words.join(' '));
    t.regex(result.stderr, message, words.join(' '));
    t.is(result.stdout, '', words.join(' '));
  }
});

test.serial('operations that this version does not know are taken where that is said', async (t) => {
  const scopes = ['--scopes', 'mutation/create_flw_run !query/read_later_thing'];
  t.like(await json('keys', 'create', '--user', 'later', ...scopes, '--allow-unknown'), {
    scopes: 'mutation/create_flw_run !query/read_later_thing',
  });
  t.is((await cli(['accounts', 'set', 'later', ...scopes])).status, 2);
  t.is((await cli(['accounts', 'set', 'later', ...scopes, '--allow-unknown'])).status, 0);
});

test.serial('what is not given of an account stays, its bound above all', async (t) => {
  const account = async () =>
    (await json('accounts', 'list')).find(({ userId }: { userId: string }) => userId === 'kept');
  await cli(['accounts', 'set', 'kept', '--role', 'viewer', '--service', '--description', 'nightly']);
  const whole = { userId: 'kept', kind: 'service_account', scopes: 'role:viewer', description: 'nightly' };
  t.deepEqual(await account(), whole);
  for (const [words, change] of [
    [['--description', 'daily'], { description: 'daily' }],
    [['--role', 'runner'], { scopes: 'role:runner' }],
    [['--no-service'], { kind: 'user' }],
    [[], {}],
  ] as const) {
    t.is((await cli(['accounts', 'set', 'kept', ...words])).status, 0);
    t.deepEqual(await account(), Object.assign(whole, change), words.join(' '));
  }
  await cli(['accounts', 'set', 'kept', '--unbounded']);
  t.false('scopes' in (await account()));
});

test.serial('the version is that of the package', async (t) => {
  for (const option of ['--version', '-V'])
    t.deepEqual(await cli([option]), { status: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test.serial('a key that comes slowly on standard input is waited for', async (t) => {
  const { key, id } = await json('keys', 'create', '--user', 'slow', '--role', 'viewer');
  const options = { input: key, inputAfterMs: 6_000 };
  const shown = await database().run(['keys', 'show', '--key-file', '-', '--json'], {}, options);
  t.like(JSON.parse(shown.stdout), { id });
});

test.serial('a database that does not answer is a fault, and settings that do not read are their own', async (t) => {
  const down = await runCli(
    { DB_HOST: '127.0.0.1', DB_PORT: '9', DB_USER: 'x', DB_DATABASE: 'x', DB_PASSWORD: 'hunter2' },
    ['keys', 'list'],
  );
  t.is(down.status, 1);
  t.false(down.stderr.includes('hunter2'));
  t.regex(down.stderr, /^prefect-auth: The database of DB_HOST, DB_PORT, .*ECONNREFUSED/);
  t.is((await runCli({ DB_PORT: 'x' }, ['keys', 'list'])).status, 78);
});

test.serial('keys are taken over from a file, once, as digests', async (t) => {
  const file = await inFile(
    'legacy.csv',
    '\ufeff"user_id","scopes","api_key","key_issu_dt","key_expr_dt","creatd_dt","last_updatd_dt","creatd_by","last_updatd_by"\r\n' +
      'localDev,"{""GET"":[""api/flows/*""],\r\n ""POST"":[""api/*""]}",EXnPWYVr7r6uo642NxVo,2024-01-01 00:00:00.000,2037-01-01 00:00:00.000,x,x,localDev,localDev\r\n' +
      'O\'Brien,"mutation/*, query/*",TestKey001,2021-12-27 00:00:00,2022-12-31 00:00:00,x,x,a,a\r\n',
  );
  t.deepEqual(await json('keys', 'import', file), { imported: 2, known: 0 });
  t.deepEqual(await json('keys', 'import', file), { imported: 0, known: 2 });
  const shown = JSON.parse((await cli(['keys', 'show', '--key-file', '-', '--json'], 'EXnPWYVr7r6uo642NxVo')).stdout);
  t.like(shown, {
    userId: 'localDev',
    isCleartext: false,
    validFrom: '2024-01-01T00:00:00.000Z',
    expiresAt: '2037-01-01T00:00:00.000Z',
  });

  const head = 'user_id,scopes,api_key,key_issu_dt,key_expr_dt\n';
  const good = 'new,query/*,NewKey1,2024-01-01 00:00:00,2037-01-01 00:00:00\n';
  const wrong: [string, RegExp][] = [
    [`${head}${good}u,query/*,,2024-01-01,2037-01-01\n`, /row 2 has nothing in api_key/],
    [`${head}${good}u,query/*,SecretKey2,yesterday,2037-01-01\n`, /row 2 has no time in key_issu_dt/],
    [`${head}${good}u,query/*,NewKey1,2024-01-01,2037-01-01\n`, /Rows 1 and 2 have the same key/],
    [`${head}${good}u,query/*,sha256:abc,2024-01-01,2037-01-01\n`, /has a digest/],
    [`${head}${good}u,"query/*,SecretKey2\n`, /is not CSV/],
    [
      `${head}${good}u,query/read_flwos,SecretKey2,2024-01-01,2037-01-01\n`,
      /row 2: there is no operation "query\/read_flwos"; the nearest/,
    ],
    [
      `${head}u,role:nobody,SecretKey2,2024-01-01,2037-01-01\n${good}`,
      /row 1: these scopes grant nothing: there is no role/,
    ],
  ];
  for (const [text, message] of wrong) {
    const result = await cli(['keys', 'import', '-'], text);
    t.is(result.status, 2, text);
    t.regex(result.stderr, message);
    t.false(/SecretKey2|NewKey1/.test(result.stderr), 'no key is printed');
  }
  t.is((await json('keys', 'list', '--user', 'new')).length, 0, 'all of a file or none of it');
  const later = `${head}${good}later,query/read_later_thing,LaterKey1,2024-01-01,2037-01-01\n`;
  t.is((await cli(['keys', 'import', '-'], later)).status, 2);
  const taken = await cli(['keys', 'import', '-', '--allow-unknown'], later);
  t.is(taken.status, 0);
  t.regex(taken.stderr, /row 2: there is no operation "query\/read_later_thing"/);
});

test.serial('keys are taken over from a table', async (t) => {
  await database().store.sequelize.query(
    'CREATE TABLE old_keys (user_id varchar(128), scopes varchar(2000), api_key varchar(128), key_issu_dt timestamp, key_expr_dt timestamp)',
  );
  await database().store.sequelize.query(
    "INSERT INTO old_keys VALUES ('tabled', 'query/*', 'TableKey1', '2024-01-01 00:00:00', '2037-01-01 00:00:00')",
  );
  t.deepEqual(await json('keys', 'import', '--table', 'old_keys'), { imported: 1, known: 0 });
  t.like((await json('keys', 'list', '--user', 'tabled'))[0], {
    validFrom: '2024-01-01T00:00:00.000Z',
    isCleartext: false,
  });
  for (const name of ['old_keys; DROP TABLE old_keys', "x'", 'prefect_api_keys'])
    t.is((await cli(['keys', 'import', '--table', name])).status, 2, name);
});

test.serial('an export holds neither a key nor a digest, nor a formula', async (t) => {
  const { key } = await json(
    'keys',
    'create',
    '--user',
    '=HYPERLINK("x")',
    '--role',
    'viewer',
    '--description',
    'a, "b"',
  );
  const { stdout } = await cli(['keys', 'export']);
  t.regex(stdout, /^id,userId,scopes,description,/);
  t.true(stdout.includes('"\'=HYPERLINK(""x"")"'));
  t.true(stdout.includes('"a, ""b"""'));
  t.false(stdout.includes(key));
  t.notRegex(stdout, /sha256|[0-9a-f]{64}|TestKey001/);
  const lines = (await cli(['keys', 'export', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.is(lines.length, stdout.trim().split('\r\n').length - 1);
});

test.serial('lists go on where a page ended', async (t) => {
  for (let count = 0; count < 3; count++) await json('keys', 'create', '--user', 'paged', '--role', 'viewer');
  const first = (await cli(['keys', 'list', '--user', 'paged', '--limit', '2'])).stdout;
  const [, after = ''] = /--after (\S+)/.exec(first) ?? [];
  const second = (await cli(['keys', 'list', '--user', 'paged', '--limit', '2', '--after', after])).stdout;
  t.is(first.match(/paged/g)?.length, 2);
  t.is(second.match(/paged/g)?.length, 1);
  t.notRegex(second, /--after/);
});

test.serial('explain names what allows and what would suffice, of the key and of its owner', async (t) => {
  const { id } = await json('keys', 'create', '--user', 'carol', '--role', 'owner', '--scopes', '!mutation/*delete_*');
  const explain = (...words: string[]) => cli(['explain', '--key-id', id, ...words]);
  const flow = '11111111-1111-4111-8111-111111111111';
  const allowed = await explain('POST', '/api/flows/filter');
  t.is(allowed.status, 0);
  t.regex(allowed.stdout, /query\/read_flows\n +allowed to the key by role:owner/);
  const denied = await explain('DELETE', `/api/flows/${flow}`);
  t.is(denied.status, 5);
  t.regex(denied.stdout, /refused to the key by !mutation\/\*delete_\*, which wins/);

  t.is((await cli(['accounts', 'set', 'carol', '--role', 'viewer'])).status, 0);
  const bounded = await explain('POST', '/api/flows/', '--body', await inFile('body', '{"name":"x"}'));
  t.is(bounded.status, 5);
  t.regex(
    bounded.stdout,
    /allowed to the key by role:owner\n +not granted to its owner; would suffice: mutation\/create_flow, role:developer/,
  );
  t.is((await cli(['explain', '--user', 'carol', 'GET', `/api/flows/${flow}`])).status, 0);
  const [structured] = JSON.parse((await explain('POST', '/api/flows/', '--json')).stdout);
  t.like(structured, { keyId: id, isAllowed: false });

  const run = await inFile('run', '{"work_queue_name": "new", "job_variables": {"a": 1}}');
  const fields = await explain('POST', `/api/deployments/${flow}/create_flow_run`, '--body', run);
  t.regex(fields.stdout, /mutation\/create_work_queue \(for its field work_queue_name\)\n +allowed to the key/);
  t.regex(fields.stdout, /mutation\/override_job_variables \(for its field job_variables\)\n/);

  const graphql = await explain('POST', '/graphql', '--body', await inFile('body', '{"query":"{flow{id}} "}'));
  t.regex(graphql.stdout, /query\/flow\n/);
  t.is((await explain('GET', '/api/%2e%2e/flows')).status, 5);
  t.is((await explain('POST', '/graphql', '--body', await inFile('body', 'nonsense'))).status, 5);
  t.is((await cli(['explain', '--user', 'nobody', 'GET', '/api/flows'])).status, 3);
  await cli(['keys', 'revoke', id]);
  const revoked = await explain('POST', '/api/flows/filter');
  t.is(revoked.status, 5);
  t.regex(revoked.stdout, /was revoked/);
});

test.serial('help has examples, and the exit codes', async (t) => {
  t.regex((await cli(['--help'])).stdout, /Exit codes:/);
  for (const name of ['create', 'list', 'show', 'rotate', 'revoke', 'import', 'export']) {
    const { stdout, status } = await cli(['keys', name, '--help']);
    t.is(status, 0, name);
    t.regex(stdout, /Examples?:\n {2}/, name);
  }
});

test.serial('help says defaults as they are typed', async (t) => {
  const help = async (name: string) => (await cli(['keys', name, '--help'])).stdout.replaceAll(/\s+/g, ' ');
  t.regex(await help('create'), /--expires <when> a duration or a date: 90d, 12h, 2027-01-31 \(default: 90d\)/);
  t.regex(await help('rotate'), /--grace <duration> how long the old key stays valid: 24h, 30m, 0 \(default: 24h\)/);
});

test.serial('bash completes commands and options', async (t) => {
  const { stdout: script } = await cli(['completion', 'bash']);
  const complete = (...words: string[]) =>
    execFileSync(
      'bash',
      [
        '-c',
        `${script}\nCOMP_WORDS=(prefect-auth "$@"); COMP_CWORD=$#; _prefect_auth; echo "\${COMPREPLY[*]}"`,
        'bash',
        ...words,
      ],
      { encoding: 'utf8' },
    ).trim();
  t.is(complete('ke'), 'keys');
  t.is(complete('keys', 'ro'), 'rotate');
  t.is(complete('keys', 'rotate', '3f9a', '--gr'), '--grace');
  t.is(complete('keys', 'create', '--user', 'alice', '--not'), '--not-before');
  t.is(complete('nonsense', '--gr'), '');
});
