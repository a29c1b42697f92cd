import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readConfig } from '../../src/config/read-config.ts';
import { settings } from '../../src/config/settings.ts';
import { pages, readPage } from '../support/documentation.ts';

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

test('docker-compose.yml keeps no log of any service without end', (t) => {
  const [, services = ''] = /^services:\n([\s\S]*?)^[a-z]/m.exec(compose) ?? [];
  const blocks = services.split(/^(?= {2}[a-z-]+:$)/m).filter((block) => /^ {4}image:/m.test(block));
  t.true(blocks.length >= 5);
  for (const block of blocks) t.regex(block, /^ {4}logging: \*logging$/m, block.slice(0, 20));
  t.regex(
    compose,
    /^x-logging: &logging\n {2}driver: json-file\n {2}options:\n {4}max-size: \d+m\n {4}max-file: "\d"$/m,
  );
});

/** What `auth` gets in its environment where the person has set `given`, as docker-compose fills it in. */
function environmentOfAuth(given: Readonly<Record<string, string>>): Record<string, string> {
  const [, service = ''] = /^ {2}auth:\n([\s\S]*?)^ {2}[a-z]/m.exec(compose) ?? [];
  const [, block = ''] = /^ {4}environment:\n([\s\S]*?)^ {4}[a-z]/m.exec(service) ?? [];
  const entries = [...block.matchAll(/^ {6}(\w+): "?(.*?)"?$/gm)].map(([, name = '', value = '']) => {
    const filled = value.replaceAll(/\$\{(\w+)(:?)-([^}]*)\}/g, (_, variable: string, colon, otherwise) =>
      given[variable] === undefined || (colon && given[variable] === '') ? otherwise : given[variable],
    );
    return [name, filled] as const;
  });
  return Object.fromEntries(entries);
}

/** Fixed in the container: nginx looks for it there, and its volume is mounted there. */
const ownOfContainer = ['HOST', 'PORT', 'DATA_DIR'];

test('docker-compose.yml passes every setting on, and every file with a secret', (t) => {
  const names = Object.entries(settings).flatMap(([name, setting]) =>
    'secret' in setting ? [name, `${name}_FILE`] : [name],
  );
  t.true(names.length > 40);
  const passed = environmentOfAuth(Object.fromEntries(names.map((name) => [name, `<${name}>`])));
  const expected = names.filter((name) => !ownOfContainer.includes(name)).map((name) => [name, `<${name}>`] as const);
  t.deepEqual(passed, Object.fromEntries(expected));
});

test('docker-compose.yml without any setting has the defaults of the service, and the databases beside it', (t) => {
  const passed = environmentOfAuth({});
  t.is(passed.DB_PASSWORD_FILE, '/run/passwords/auth');
  t.deepEqual(readConfig({ ...passed, DB_PASSWORD_FILE: '' }), {
    ...readConfig({}),
    DB_HOST: 'postgres',
    DB_USER: 'prefect_auth',
    DB_DATABASE: 'prefect_auth',
    API_SERVICE_URL: 'http://prefect-server:4200',
    UI_BASE_PATH: '',
  });
  t.is(environmentOfAuth({ DB_PASSWORD: 'x', DB_PASSWORD_FILE: '' }).DB_PASSWORD_FILE, '');
});

/** docker-compose 1.29 knows neither. */
test('docker-compose.yml and the documentation use nothing that docker-compose 1.29 lacks', (t) => {
  t.notRegex(compose, /\$\{\w+:?\+/, 'a colon and a plus');
  t.notRegex(compose, /\$\{\w+:?-[^}]*\$\{/, 'one in another');
  for (const page of [...pages, 'CONTRIBUTING.md']) t.notRegex(readPage(page), /compose (?:cp|ls|watch|attach) /, page);
});
