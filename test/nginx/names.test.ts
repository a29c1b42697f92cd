import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { allowed, refused } from './gate.ts';
import { startOwnServer } from './own-server.ts';
import { startRecorder } from './recorder.ts';

const nginx = join(import.meta.dirname, '../../nginx');
const files = globSync(['drop-in.conf', 'prefect-auth/*.conf', 'templates/*', 'prefect1/*.template'], { cwd: nginx });

/** What a file of ours gives a name to, as nginx knows it. */
const definitions = {
  upstream: /^\s*upstream (\S+)/gm,
  variable: /^\s*(?:map .*? \$|set \$|auth_request_set \$)(\w+)(?: .*)?[{;]/gm,
  capture: /\(\?<(\w+)>/g,
  'internal location': /^\s*location (?:= \/_|@)(\w+)/gm,
  zone: /\b(?:shared:|zone=?\s*)(\w+)/g,
} as const;

test('every upstream, variable and internal location has a name that nobody else has', (t) => {
  for (const file of files) {
    const text = readFileSync(join(nginx, file), 'utf8').replaceAll(/^\s*#.*$/gm, '');
    for (const [kind, pattern] of Object.entries(definitions)) {
      for (const [, name = ''] of text.matchAll(pattern)) {
        // `set $args` empties a variable of nginx's own.
        if (name !== 'args') t.regex(name, /^prefect_auth(?:_|$)/, `${file}: ${kind}`);
      }
    }
  }
  t.true(files.length > 10);
});

test('the drop-in lives in an nginx that has names as it would have chosen them itself', async (t) => {
  const other = await startRecorder(() => ({ status: 200, body: 'the other' }));
  t.teardown(() => other.stop());
  const words = ['auth', 'upstream', 'api', 'ui', 'host', 'backend', 'server', 'user', 'is_public', 'must_sign_in'];
  const upstreams = ['prefect', 'prefect_server', 'prefect_auth', 'prefect_api', 'prefect_ui', 'auth', 'prefect1'];
  const { send, auth } = await startOwnServer(t, {
    http: upstreams.map((name) => `upstream ${name} { server ${other.address}; }`).join('\n'),
    lines: `
      ${words.map((word) => `set $prefect_${word} http://${other.address};`).join('\n')}
      location = /_prefect_error { return 200 "theirs"; }
      location @prefect_ui { return 200 "theirs"; }`,
  });
  for (const target of ['/api/flows/1', '/api/flow_runs/', '/graphql', '/docs']) {
    auth.reply = () => refused;
    t.is((await send({ target })).status, 401, target);
    auth.reply = () => allowed;
    t.is((await send({ target })).body, 'prefect', target);
    auth.reply = () => ({ status: 200, headers: { 'X-Auth-Verdict': 'prefect-auth allows another' } });
    t.is((await send({ target })).status, 502, target);
  }
  t.deepEqual(other.arrivals, []);
});
