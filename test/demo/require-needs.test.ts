import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { requireNeeds } from './require-needs.ts';

const venv = { command: '/nowhere/ensurepip', package: 'python3-venv' };

async function askedFor(installsPrefect: boolean): Promise<string[][]> {
  const calls: string[][] = [];
  const require = (...programs: readonly { package: string }[]) =>
    void calls.push(programs.map((each) => each.package));
  await requireNeeds({ installsPrefect }, { require, missing: async () => [venv] });
  return calls;
}

test('the demo asks for everything that it needs at once, and for Python only where it installs Prefect', async (t) => {
  t.deepEqual(await askedFor(true), [['nginx', 'gettext-base', 'openssl', 'python3-venv']]);
  t.deepEqual(await askedFor(false), [['nginx', 'gettext-base', 'openssl']]);
});

test('the demo downloads and starts nothing before it has asked', (t) => {
  const [, main = ''] =
    /async function main[^{]*\{([\s\S]*?)\n\}/.exec(readFileSync(join(import.meta.dirname, 'demo.ts'), 'utf8')) ?? [];
  const asks = main.indexOf('await requireNeeds(');
  t.true(asks > 0);
  for (const begins of ['tryToInstallPrefect(', 'startDemo(']) t.true(main.indexOf(begins) > asks, begins);
});
