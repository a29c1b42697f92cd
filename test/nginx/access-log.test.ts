import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { generateKey } from '../../src/keys/key-format.ts';
import { allowed, layouts, refused, startGate } from './gate.ts';

const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString('base64')}`;

/** nginx writes the query and the Referer there, which nobody can change: no way to present a key. */
const isOfErrorLog = (line: string) => /^\d{4}\/\d\d\/\d\d \d/.test(line);

/** Requests that carry a key where an access log could show it. */
const requestsWith = (key: string) => [
  { target: '/api/hello', headers: [basic(`${key}:`)] },
  { target: '/api/hello', headers: [basic(`${key}:x`)] },
  { target: '/api/hello', headers: [basic(key)] },
  { target: '/', headers: [basic(`${key}:`)] },
  { target: '/ui-settings', headers: [basic(`${key}:`)] },
  { target: '/graphql', method: 'POST', body: '{}', headers: [basic(`${key}:`)] },
  { target: '/api/hello', headers: [`Authorization: Bearer ${key}`] },
  { target: '/api/hello', headers: [`X-Prefect-User-Id: ${key}`] },
  { target: `/api/hello?api_key=${key}`, headers: [] },
  { target: '/api/hello', headers: [`Cookie: key=${key}`, `Referer: https://${key}@localhost/`] },
  { target: `/api/${'x'.repeat(9_000)}`, headers: [basic(`${key}:`)] },
  { target: '/api/hello', headers: [basic(`${key}:`), 'Connection: upgrade', 'Upgrade: websocket'] },
];

test('the access log of the bundled server holds no key, whatever is answered', async (t) => {
  const key = generateKey();
  const gate = await startGate(t);
  for (const reply of [refused, { ...refused, status: 429 }, { ...refused, status: 503 }, allowed]) {
    gate.auth.reply = () => reply;
    for (const request of requestsWith(key)) await gate.send(request);
  }
  // nginx writes of a request once it is answered.
  await delay(200);
  const log = gate.nginx.log();
  t.regex(log, /"GET \/api\/hello HTTP\/1\.1" 401 /);
  t.regex(log, /- alice .*"GET \/api\/hello HTTP\/1\.1" 200 /);
  t.deepEqual(
    log.split('\n').filter((line) => line.includes(key) && !isOfErrorLog(line)),
    [],
  );
});

test('in an nginx that exists, `combined` holds the key and our format does not: the drop-in names both', async (t) => {
  const dropIn = readFileSync(join(import.meta.dirname, '../../nginx/drop-in.conf'), 'utf8');
  t.regex(dropIn, /^# +access_log \S+ prefect_auth;$/m);
  t.regex(dropIn, /`combined` has it/);
  for (const isNamed of [false, true]) {
    const key = generateKey();
    const gate = await startGate(t, 'the drop-in', isNamed ? 'access_log access.log prefect_auth;' : '');
    for (const request of requestsWith(key).slice(0, 8)) await gate.send(request);
    await delay(200);
    t.is(gate.nginx.log().includes(key), !isNamed);
  }
});

for (const layout of layouts) {
  test(`behind a load balancer the service hears of the client's own address: ${layout}`, async (t) => {
    const realIp = (from: string) =>
      `allow all; set_real_ip_from ${from}; real_ip_header X-Forwarded-For; real_ip_recursive on;`;
    for (const [from, forwarded, seen] of [
      ['127.0.0.1', '192.0.2.7', '192.0.2.7'],
      ['127.0.0.1', '192.0.2.66, 192.0.2.7', '192.0.2.7'],
      ['127.0.0.1', '192.0.2.7, 127.0.0.1', '192.0.2.7'],
      ['127.0.0.1', '2001:db8::7', '2001:db8::7'],
      ['10.0.0.0/8', '192.0.2.7', '127.0.0.1'],
      ['127.0.0.1', 'nonsense', '127.0.0.1'],
    ] as const) {
      const { send, auth } = await startGate(t, layout, realIp(from));
      await send({ target: '/api/hello', headers: [`X-Forwarded-For: ${forwarded}`, 'X-Real-IP: 192.0.2.99'] });
      await send({ target: '/graphql', method: 'POST', body: '{}', headers: [`X-Forwarded-For: ${forwarded}`] });
      t.deepEqual(
        auth.arrivals.map(({ headers }) => headers['x-real-ip']),
        [seen, seen],
        `${from}: ${forwarded}`,
      );
    }
  });
}
