import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ConfigurationError, readConfig } from '../../src/config/read-config.ts';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

test('without any setting the defaults of the service that this one replaces are in force', (t) => {
  t.like(readConfig({}), {
    ALLOW_PUBLIC_ACCESS: false,
    TENANT_ID: 'Default',
    TENANT_NAME: 'Default',
    TENANT_SLUG: 'default',
    LOG_LEVEL: 'warn',
    HOST: '0.0.0.0',
    PORT: 3000,
    LOG_LEVEL_OVERRIDE_DURATION: 300,
    ENV: 'NA',
    DB_TYPE: 'postgres',
    DB_HOST: undefined,
    CACHE_TTL: 1800,
    CACHE_CHECK_PERIOD: 300,
  });
});

test('ALLOW_PUBLIC_ACCESS is true for the word true and for no other', (t) => {
  t.true(readConfig({ ALLOW_PUBLIC_ACCESS: 'true' }).ALLOW_PUBLIC_ACCESS);
  t.false(readConfig({ ALLOW_PUBLIC_ACCESS: 'false' }).ALLOW_PUBLIC_ACCESS);
  t.false(readConfig({ ALLOW_PUBLIC_ACCESS: '' }).ALLOW_PUBLIC_ACCESS);
  for (const value of ['1', 'yes', 'TRUE', 'on', 'null']) t.is(problemsOf({ ALLOW_PUBLIC_ACCESS: value }).length, 1);
});

test('every problem is reported at once, by the name of its setting, and no secret is shown', (t) => {
  const problems = problemsOf({
    PORT: '70000',
    LOG_LEVEL: 'loud',
    CACHE_TTL: '-1',
    API_SERVICE_URL: 'prefect:4200',
    DB_HOST: 'db',
    DB_PASSWORD: 'hunter2',
    DB_PASSWORD_FILE: '/nonexistent',
  });
  for (const name of [
    'PORT',
    'LOG_LEVEL',
    'CACHE_TTL',
    'API_SERVICE_URL',
    'DB_USER',
    'DB_DATABASE',
    'DB_PASSWORD_FILE',
  ]) {
    t.true(
      problems.some((problem) => problem.startsWith(name)),
      name,
    );
  }
  t.false(problems.join().includes('hunter2'));
});

test('a URL that holds what the service cannot use is refused with a sentence, and its password is not shown', (t) => {
  const wrong: [string, string, RegExp][] = [
    ['API_SERVICE_URL', 'http://admin:hunter2@prefect:4200', /must not hold credentials/],
    ['API_SERVICE_URL', 'https://hunter2@prefect', /must not hold credentials/],
    ['API_SERVICE_URL', 'http://:hunter2@prefect:4200/api', /must not hold credentials/],
    ['API_SERVICE_URL', 'http:admin:hunter2@prefect', /must be an http/],
    ['API_SERVICE_URL', 'ftp://admin:hunter2@prefect', /must be an http/],
    ['API_SERVICE_URL', 'http://prefect:4200?token=x', /without \? and #/],
    ['DB_HOST', 'postgres://prefect:hunter2@db:5432/keys', /must be a host name/],
    ['DB_HOST', 'prefect:hunter2@db', /must be a host name/],
    ['DB_HOST', 'db:5432', /the port and the user have settings of their own/],
    ['DB_READ_HOST', 'postgres://prefect:hunter2@db', /must be a host name/],
    ['REDIS_URL', 'redis://:hunter2@redis:70000', /must be a redis/],
    ['REDIS_URL', 'redis://user:hunter2@bad host', /must be a redis/],
    ['REDIS_URL', 'redis://:hunter2@redis/keys', /number of a database/],
    ['REDIS_URL', 'http://:hunter2@redis', /must be a redis/],
    ['ROLES_FILE', 'https://me:hunter2@host/roles.json', /is not usable/],
    ['API_BASE_PATH', 'https://me:hunter2@host/api', /must end in/],
    ['API_BASE_PATH', '/graphql/api', /below \/graphql/],
  ];
  for (const [name, value, message] of wrong) {
    const database = name.startsWith('DB_') ? { DB_HOST: 'db', DB_USER: 'x', DB_DATABASE: 'x' } : {};
    const problems = problemsOf({ ...database, [name]: value }).join();
    t.true(problems.startsWith(name), `${value}: ${problems}`);
    t.regex(problems, message, value);
    t.false(problems.includes('hunter2'), problems);
  }
  for (const [name, value] of [
    ['API_SERVICE_URL', 'http://prefect:4200'],
    ['API_SERVICE_URL', 'http://prefect:4200/api'],
    ['API_SERVICE_URL', 'http://apollo:4200/graphql'],
    ['API_SERVICE_URL', 'https://prefect.example.com/prefect'],
    ['DB_HOST', '::1'],
    ['DB_HOST', '/var/run/postgresql'],
    ['REDIS_URL', 'rediss://user:hunter2@redis:6380/2'],
  ] as const) {
    t.deepEqual(problemsOf({ DB_USER: 'x', DB_DATABASE: 'x', [name]: value }), [], value);
  }
});

test('a secret is read from the file that NAME_FILE names', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'password'), 'hunter2\n');
  t.is(readConfig({ DB_PASSWORD_FILE: join(folder, 'password') }).DB_PASSWORD, 'hunter2');
  t.is(problemsOf({ DB_PASSWORD_FILE: folder }).length, 1);
  t.is(problemsOf({ DB_PASSWORD: 'x', DB_PASSWORD_FILE: join(folder, 'password') }).length, 1);
});
