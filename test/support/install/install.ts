import { execFileSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { join } from 'node:path';

/** A program of a Debian package: a command on the PATH, or a glob (`/usr/lib/postgresql/*` + `/bin/initdb`). */
export interface DebianProgram {
  readonly command: string;
  readonly package: string;
}

// Debian keeps servers in sbin, which is not on every user's PATH.
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program, or undefined where it is not installed. */
export function findProgram(command: string): string | undefined {
  if (command.startsWith('/')) return globSync(command).sort().at(-1);
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, command))
    .find(isExecutable);
}

/** Installs what is missing with apt-get, as root or with sudo; throws with the line to type where neither is possible. */
export function requirePrograms(...programs: readonly DebianProgram[]): void {
  const missing = [
    ...new Set(programs.filter(({ command }) => !findProgram(command)).map((program) => program.package)),
  ];
  if (missing.length === 0) return;
  const shell = rootShell();
  if (!findProgram('apt-get') || !shell) {
    throw new Error(
      `Missing on this machine: ${missing.join(', ')}. Install them: sudo apt-get install ${missing.join(' ')}`,
    );
  }
  console.error(`Installing from Debian's packages: ${missing.join(', ')}`);
  const [program = 'sh', ...before] = shell;
  execFileSync(program, [...before, '-c', installScript, 'install', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

// policy-rc.d keeps the packages from starting their servers, which would listen beyond this machine and outlive the tests.
const installScript = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\nexit 101\\n' >$policy
  chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
`;

function rootShell(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return ['sh'];
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
    return ['sudo', '-n', 'sh'];
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
