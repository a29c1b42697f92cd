import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import test from 'ava';
import { readConfig } from '../../src/config/read-config.ts';
import { baseEnvironment, runProgram } from '../support/process/child-process.ts';
import { readNodeScript } from '../support/process/node-script.ts';

const project = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFile(join(project, 'systemd', name), 'utf8');

test('the unit starts the service as npm start does, in its environment', async (t) => {
  const unit = await read('prefect-auth.service');
  for (const [line, script] of [
    ['ExecStartPre', 'prestart'],
    ['ExecStart', 'start'],
  ] as const) {
    const { args, env } = readNodeScript(script);
    t.true(unit.includes(`\n${line}=/usr/bin/env node ${args.join(' ')}\n`), line);
    for (const name of Object.keys(env)) t.regex(unit, new RegExp(`^Environment=.*\\b${name}=`, 'm'));
  }
});

test('the settings beside it can be used, and keep the service on the loopback', async (t) => {
  const config = readConfig(parseEnv(await read('prefect-auth.env')));
  t.like(config, { HOST: '127.0.0.1', PORT: 3000, DATA_DIR: '/var/lib/prefect-auth' });
});

test('its command line has the settings of the service, whatever characters are in them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-systemd-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const settings = join(folder, 'settings.env');
  await writeFile(settings, `# comment\n\nDATA_DIR=${folder}/data\nTENANT_NAME=Data $HOME \`id\` & "platform"`);
  const script = (await read('prefect-auth'))
    .replace('= prefect-auth ]', `= ${userInfo().username} ]`)
    .replace('/etc/prefect-auth.env', settings)
    .replaceAll('/opt/prefect-auth', project);
  const path = join(folder, 'prefect-auth');
  await writeFile(path, script);
  await chmod(path, 0o755);
  const { status, output } = await runProgram(path, ['config'], { env: baseEnvironment(folder) });
  t.is(status, 0, output);
  t.true(output.includes(`\nTENANT_NAME=Data $HOME \`id\` & "platform"\n`), output);
  t.true(output.includes(`\nDATA_DIR=${folder}/data\n`), output);
});
