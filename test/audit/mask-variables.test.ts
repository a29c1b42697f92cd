import test from 'ava';
import { maskVariables as maskToJson } from '../../src/audit/mask-variables.ts';

const maskVariables = (variables: unknown) => JSON.parse(maskToJson(variables));

test('what a person needs to know stays', (t) => {
  const variables = {
    input: {
      flow_id: '550e8400-e29b-41d4-a716-446655440000',
      parameters: { date: '2026-11-22', retries: 3, dry: false, none: null, names: ['a', 'b'] },
      idempotency_key: 'daily-2026-11-22',
      author: 'Zoë',
    },
  };
  t.deepEqual(maskVariables(variables), variables);
  t.deepEqual(maskVariables(JSON.stringify(variables)), variables);
  for (const nothing of [undefined, null, 'null']) t.is(maskVariables(nothing), null);
});

for (const name of [
  'secret',
  'client_secret',
  'PASSWORD',
  'db_passwd',
  'apiKey',
  'api_key',
  'access-token',
  'authorization',
  'AWS_SECRET_ACCESS_KEY',
  'privateKey',
  'credentials',
  'connection_string',
]) {
  test(`the value of ${name} is masked, at any depth and of any type`, (t) => {
    t.deepEqual(maskVariables({ input: { list: [{ [name]: { value: 'hunter2' } }] } }), {
      input: { list: [{ [name]: '***' }] },
    });
    t.false(maskToJson(JSON.stringify({ [name]: 'hunter2' })).includes('hunter2'));
  });
}

const secrets = [
  'pfa_0123456789abcdef',
  'Bearer abc',
  'see basic YWxpY2U6cGFzcw==',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  'postgresql://prefect:hunter2@db/prefect',
  '-----BEGIN RSA PRIVATE KEY-----',
  'AKIAIOSFODNN7EXAMPLE',
  'ghp_abcdefghijklmnop',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'mysql://prefect-service-account-of-production:hunter2@db/prefect',
  'header=X-Authorization-Of-Production=Bearer hunter2',
];
for (const secret of secrets) {
  test(`a text that looks like a secret is masked wherever it stands: ${secret.slice(0, 12)}`, (t) => {
    t.deepEqual(maskVariables({ note: secret }), { note: '***' });
    t.deepEqual(maskVariables([secret]), ['***']);
  });
}

test('long and large variables are cut short', (t) => {
  t.is(maskVariables({ a: 'word '.repeat(1000) }).a.length, 201);
  t.is(maskVariables('x'.repeat(200_000)), '(200000 characters)');
  t.true(maskToJson({ logs: Array.from({ length: 10_000 }, () => ({ message: 'a' })) }).length < 10_000);
  const deep = JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`);
  t.true(maskToJson(deep).length < 100);
});

test('variables that are no JSON are not repeated', (t) => {
  t.is(maskVariables('{"secret": "hunter2"'), '(unreadable)');
});
