import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inheritedEnvironment, runProgram } from '../process/child-process.ts';
import { type DebianProgram, requirePrograms } from './install.ts';

const candidates = ['python3', '/usr/bin/python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9'];
/** Debian's Python has `venv` without `ensurepip`, which is what making an environment fails for there. */
const probe = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))';

/** Makes a virtual environment and runs `pip install` in it; one that was finished before is used as it is. */
export async function createVirtualEnvironment(folder: string, installArguments: readonly string[]): Promise<void> {
  const finished = `${folder}/.finished`;
  if (existsSync(finished)) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await run(await requirePython(), '-m', 'venv', folder);
  await run(`${folder}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...installArguments);
  await writeFile(finished, `${installArguments.join(' ')}\n`);
}

/** What Python lacks on this machine for making virtual environments; nothing where one can. */
export async function missingForPython(): Promise<readonly DebianProgram[]> {
  return (await findPython()) ? [] : [venv];
}

const venv: DebianProgram = { command: '/usr/lib/python3*/ensurepip/__init__.py', package: 'python3-venv' };

async function requirePython(): Promise<string> {
  const found = await findPython();
  if (found) return found;
  requirePrograms(venv);
  const installed = await findPython();
  if (installed) return installed;
  throw new Error('No Python >= 3.9 that can make virtual environments was found, nor came with python3-venv.');
}

async function findPython(): Promise<string | undefined> {
  for (const python of candidates) {
    const { status } = await runProgram(python, ['-c', probe], { env: inheritedEnvironment() });
    if (status === 0) return python;
  }
  return undefined;
}

async function run(command: string, ...args: readonly string[]): Promise<void> {
  const { status, output } = await runProgram(command, args, { env: inheritedEnvironment() });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
}
