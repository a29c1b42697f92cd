import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = read('docker-compose.yml');

test('docker-compose.yml gives the template every variable it needs', (t) => {
  const variables = read('nginx/templates/default.conf.template').match(/(?<=\$\{)[A-Z_]+(?=\})/g) ?? [];
  t.true(new Set(variables).size >= 7);
  for (const variable of new Set(variables)) t.regex(compose, new RegExp(`^      ${variable}: \\S`, 'm'));
});

test('what docker-compose.yml mounts exists, and scripts can be run', (t) => {
  const mounts = [...compose.matchAll(/^ +- \.\/(\S+?):/gm)].map(([, path = '']) => path);
  t.true(mounts.length >= 5);
  for (const path of mounts) {
    t.true(existsSync(join(root, path)), path);
    if (path.endsWith('.sh')) t.is(statSync(join(root, path)).mode & 0o111, 0o111, path);
  }
});

test('docker-compose.yml publishes nginx alone, on the loopback unless told otherwise', (t) => {
  const ports = [...compose.matchAll(/^ +- "(.*:.*:\$\{.*)"$/gm)].map(([, port]) => port);
  t.is(ports.length, 2);
  for (const port of ports) t.regex(port ?? '', /^\$\{NGINX_PUBLISH_ADDRESS:-127\.0\.0\.1\}:/);
  t.is(compose.match(/^ +ports:/gm)?.length, 1);
});
