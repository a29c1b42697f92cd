import test from 'ava';
import { findMisspeltSettings } from '../../src/config/misspelt-settings.ts';
import { settings } from '../../src/config/settings.ts';
import { runCli } from '../support/process/run-cli.ts';

test('a variable that is nearly named like a setting is told of, and no other', (t) => {
  for (const [given, meant] of [
    ['ALLOW_CLEARTEXT_KEY', 'ALLOW_CLEARTEXT_KEYS'],
    ['CACHE_TLL', 'CACHE_TTL'],
    ['DB_PASWORD', 'DB_PASSWORD'],
    ['DB_PASSWORDFILE', 'DB_PASSWORD_FILE'],
    ['REDIS_ULR', 'REDIS_URL'],
  ] as const)
    t.deepEqual(findMisspeltSettings({ [given]: 'x' }), [`${given} is not a setting; did you mean ${meant}?`]);
  const others = [
    'PATH',
    'HOME',
    'SHELL',
    'LANG',
    'PWD',
    'TERM',
    'HOSTNAME',
    'NODE_ENV',
    'PREFECT_API_URL',
    'TZ',
    'USER',
  ];
  for (const name of [...others, ...Object.keys(settings), 'REDIS_URL_FILE'])
    t.deepEqual(findMisspeltSettings({ [name]: 'x' }), [], name);
});

test('prefect-auth config tells of it, and shows no value', async (t) => {
  const { status, stderr } = await runCli({ DB_PASWORD: 'hunter2' }, ['config']);
  t.is(status, 0);
  t.is(stderr, 'DB_PASWORD is not a setting; did you mean DB_PASSWORD?\n');
});
