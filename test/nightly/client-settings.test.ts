import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runProgram } from '../support/process/child-process.ts';
import { installPrefect, prefectEnvironment } from '../support/servers/prefect.ts';

const KEY = 'pfa_0123456789abcdefghijABCDEFGHIJ01234567';
const connections = resolve(import.meta.dirname, '../e2e/flows/connections.py');

/** Notes which connections bring a key; answers enough for a client to open all that it has. */
async function startRecorder(version: string) {
  const withKey = new Map<string, boolean>();
  const note = (connection: string, authorization = '') =>
    withKey.set(connection, (withKey.get(connection) ?? true) && authorization !== '');
  const server = createServer((request, response) => {
    note('HTTP', request.headers.authorization);
    const isVersion = request.url?.endsWith('/admin/version');
    if (request.url?.includes('/csrf-token')) response.writeHead(422).end('{}');
    else response.setHeader('Content-Type', 'application/json').end(isVersion ? JSON.stringify(version) : '[]');
  });
  server.on('upgrade', (request, socket) => {
    note(request.url?.replace('/api', '').replace('/knock/', '/.../') ?? '', request.headers.authorization);
    socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, withKey, stop: () => server.close() };
}

const settings: Readonly<Record<string, (port: number) => Readonly<Record<string, string>>>> = {
  PREFECT_CLIENT_CUSTOM_HEADERS: () => ({
    PREFECT_CLIENT_CUSTOM_HEADERS: JSON.stringify({ Authorization: `Bearer ${KEY}` }),
  }),
  'credentials in PREFECT_API_URL': (port) => ({ PREFECT_API_URL: `http://alice:${KEY}@127.0.0.1:${port}/api` }),
  PREFECT_API_AUTH_STRING: () => ({ PREFECT_API_AUTH_STRING: `alice:${KEY}` }),
  PREFECT_API_KEY: () => ({ PREFECT_API_KEY: KEY }),
};

/** `PREFECT_API_URL` is `url` of `[api]`. */
function toToml(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => {
    const [, table = '', key = ''] = /^PREFECT_([A-Z]+)_(\w+)$/.exec(name) ?? [];
    return `${table.toLowerCase()}.${key.toLowerCase()} = '${value}'\n`;
  });
  return lines.join('');
}

/** Where a setting can stand: each gives the environment, and writes what else there is. */
const places = {
  environment: async (_home: string, values: Readonly<Record<string, string>>) => values,
  'prefect.toml': async (home: string, values: Readonly<Record<string, string>>) => {
    await writeFile(join(home, 'prefect.toml'), toToml(values));
    return {};
  },
  profile: async (home: string, values: Readonly<Record<string, string>>) => {
    const lines = Object.entries(values).map(([name, value]) => `${name} = '${value}'\n`);
    await writeFile(join(home, 'profiles.toml'), `active = "gate"\n\n[profiles.gate]\n${lines.join('')}`);
    return {};
  },
} as const;
type Place = keyof typeof places;

const everywhere = 'everywhere';
const inPrefect3 = {
  PREFECT_CLIENT_CUSTOM_HEADERS: everywhere,
  'credentials in PREFECT_API_URL': everywhere,
  PREFECT_API_AUTH_STRING: 'HTTP',
  PREFECT_API_KEY: 'HTTP',
};
const since38 = { ...inPrefect3, PREFECT_API_AUTH_STRING: 'HTTP, /events/in' };
const before348 = { ...inPrefect3, PREFECT_CLIENT_CUSTOM_HEADERS: 'nowhere' };
/** A client of Prefect 2 stops with "Unknown setting" where a profile has what it does not know. */
const inPrefect2 = {
  PREFECT_CLIENT_CUSTOM_HEADERS: 'nowhere',
  'credentials in PREFECT_API_URL': everywhere,
  PREFECT_API_AUTH_STRING: 'nowhere',
  PREFECT_API_KEY: 'HTTP',
};

/** docs/clients.md has the same table. */
const versions: Readonly<Record<string, { places: readonly Place[]; sends: Readonly<Record<string, string>> }>> = {
  '3': { places: ['environment', 'prefect.toml', 'profile'], sends: since38 },
  '3.8': { places: ['environment', 'prefect.toml', 'profile'], sends: since38 },
  '3.4': { places: ['environment', 'prefect.toml', 'profile'], sends: inPrefect3 },
  '3.4.14': { places: ['environment', 'prefect.toml', 'profile'], sends: inPrefect3 },
  '3.1': { places: ['environment'], sends: before348 },
  '3.0': { places: ['environment'], sends: { ...before348, PREFECT_API_AUTH_STRING: 'nowhere' } },
  '2.20': { places: ['environment', 'profile'], sends: inPrefect2 },
};

for (const [version, { places: where, sends }] of Object.entries(versions)) {
  for (const place of where) {
    test.serial(`with which settings of ${place} a client of Prefect ${version} sends its key`, async (t) => {
      t.timeout(900_000);
      const prefect = await installPrefect(version);
      for (const [name, expected] of Object.entries(sends)) {
        const recorder = await startRecorder(prefect.version);
        const home = await mkdtemp(join(tmpdir(), 'prefect-auth-client-'));
        t.teardown(() => rm(home, { recursive: true, force: true }));
        const values = { PREFECT_API_URL: `http://127.0.0.1:${recorder.port}/api`, ...settings[name]?.(recorder.port) };
        const env = { ...prefectEnvironment(home), ...(await places[place](home, values)) };
        const { output } = await runProgram(prefect.program('python'), [connections], { env, cwd: home });
        recorder.stop();
        if (place === 'profile' && expected === 'nowhere') {
          t.regex(output, /Unknown setting/, name);
          continue;
        }
        const opened = [...recorder.withKey];
        t.true(opened.length >= 4, output);
        const sent = opened.filter(([, hasKey]) => hasKey).map(([connection]) => connection);
        const said = sent.length === opened.length ? everywhere : sent.join(', ') || 'nowhere';
        t.is(said, expected, `${name} in ${place}\n${output}`);
      }
    });
  }
}

test.serial(
  'headers in a table of prefect.toml are not sent by 3.4, and 3.4.14 hands them on so that no run can start',
  async (t) => {
    t.timeout(300_000);
    const script = `
import os, subprocess, sys
from prefect.settings import get_current_settings
settings = get_current_settings()
env = {**os.environ, **settings.to_environment_variables(exclude_unset=True)}
child = subprocess.run([sys.executable, "-c", "import prefect.settings; prefect.settings.get_current_settings()"], env=env, capture_output=True, text=True)
print("headers", len(settings.client.custom_headers), "child", child.returncode)
`;
    const text = `client.custom_headers = '{"Authorization": "Bearer ${KEY}"}'\n`;
    const table = `[client.custom_headers]\nAuthorization = "Bearer ${KEY}"\n`;
    for (const [version, toml, said] of [
      ['3.4.14', text, 'headers 1 child 1'],
      ['3.4', text, 'headers 1 child 0'],
      ['3.4', table, 'headers 0 child 0'],
      ['3', text, 'headers 1 child 0'],
      ['3', table, 'headers 1 child 0'],
    ] as const) {
      const prefect = await installPrefect(version);
      const home = await mkdtemp(join(tmpdir(), 'prefect-auth-client-'));
      t.teardown(() => rm(home, { recursive: true, force: true }));
      await writeFile(join(home, 'prefect.toml'), toml);
      const { output } = await runProgram(prefect.program('python'), ['-c', script], {
        env: prefectEnvironment(home),
        cwd: home,
      });
      t.true(output.includes(said), `${version} ${toml}\n${output}`);
    }
  },
);
