import test from 'ava';
import { readCredential } from '../../src/authentication/credential.ts';
import { generateKey } from '../../src/keys/key-format.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('the key is read from whichever of the three places comes first', (t) => {
  t.deepEqual(readCredential({ authorization: 'Bearer k1' }), { scheme: 'bearer', key: 'k1' });
  t.deepEqual(readCredential({ authorization: 'bearer   k1 ' }), { scheme: 'bearer', key: 'k1' });
  t.deepEqual(readCredential({ authorization: basic('alice:k1') }), { scheme: 'basic', key: 'k1' });
  t.deepEqual(readCredential({ authorization: basic('anything:k:1') }), { scheme: 'basic', key: 'k:1' });
  t.deepEqual(readCredential({ authorization: basic('k1') }), { scheme: 'basic', key: 'k1' });
  t.deepEqual(readCredential({ 'x-prefect-user-id': 'k1' }), { scheme: 'user-id-header', key: 'k1' });
  t.deepEqual(readCredential({ authorization: 'Bearer k1', 'x-prefect-user-id': 'k2' }), {
    scheme: 'bearer',
    key: 'k1',
  });
});

test('a malformed credential is refused, and the next one is not tried', (t) => {
  const values = [
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a\tb',
    `Bearer ${'a'.repeat(513)}`,
    'Bearer ké',
    'Basic',
    'Basic ???',
    'Basic YWxpY2U6',
    basic('alice:'),
    basic('alice:a b'),
    basic('alice:\0'),
    basic('alice:é'),
    'Token k1',
    'k1',
  ];
  for (const authorization of values) {
    const result = readCredential({ authorization, 'x-prefect-user-id': 'k2' });
    t.like(result, { outcome: 'deny', reason: 'malformed_credential' }, JSON.stringify(authorization));
  }
  t.like(readCredential({ 'x-prefect-user-id': 'a b' }), { reason: 'malformed_credential' });
  t.like(readCredential({ 'x-prefect-user-id': '' }), { reason: 'malformed_credential' });
  t.like(readCredential({}), { reason: 'missing_credential' });
});

for (const nothing of ['null', 'undefined']) {
  test(`Prefect 1's user interface sends ${nothing} until it has a key, which is no credential rather than an unknown one`, (t) => {
    t.like(readCredential({ 'x-prefect-user-id': nothing }), { reason: 'missing_credential' });
    t.deepEqual(readCredential({ authorization: `Bearer ${nothing}` }), { scheme: 'bearer', key: nothing });
  });
}

test('a key that is sent as the user name is refused, and the client reads where it belongs', (t) => {
  const key = generateKey();
  for (const text of [`${key}:`, 'TestKey001:', `${key}:x`, `${key}:${key}`, `${key}:x:y`]) {
    const result = readCredential({ authorization: basic(text) });
    t.like(result, { outcome: 'deny', reason: 'malformed_credential' }, text);
    t.regex(JSON.stringify(result), /belongs into the password/);
    t.false(JSON.stringify(result).includes(key) || JSON.stringify(result).includes('TestKey001'));
  }
  for (const text of [key, `:${key}`, `${key.slice(0, -1)}:${key}`, `pfa_bot:${key}`]) {
    t.deepEqual(readCredential({ authorization: basic(text) }), { scheme: 'basic', key });
  }
});
