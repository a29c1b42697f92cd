import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { baseEnvironment, inheritedEnvironment, runProgram } from '../support/process/child-process.ts';
import { readNodeScript } from '../support/process/node-script.ts';

async function installNode(version: string, folder: string): Promise<string> {
  const { status, output } = await runProgram(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`],
    { env: inheritedEnvironment() },
  );
  if (status !== 0) throw new Error(output);
  return join(folder, 'node_modules/node/bin/node');
}

for (const [version, isEnough] of [
  ['18', false],
  ['20', false],
  ['22', false],
  ['24.2', false],
  ['24.3', true],
] as const) {
  test.serial(`Node ${version} runs the command line, or says which Node is needed`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-node-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const node = await installNode(version, folder);
    for (const name of ['prefect-auth', 'prestart', 'start', 'demo'] as const) {
      if (isEnough && name !== 'prefect-auth') continue;
      const { args, cwd } = readNodeScript(name);
      const words = name === 'prefect-auth' ? [...args, 'config'] : args;
      const { status, output } = await runProgram(node, words, { env: baseEnvironment(folder), cwd });
      t.is(status, isEnough ? 0 : 1, output);
      if (isEnough) t.regex(output, /^PORT=3000$/m);
      else t.regex(output, new RegExp(`^prefect-auth needs Node 24\\.3 or newer; this is Node ${version}`));
    }
  });
}
