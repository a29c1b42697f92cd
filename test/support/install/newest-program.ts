import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { requirePrograms } from './install.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface Program {
  /** What starts it. */
  readonly command: string;
  /** The file that holds its code. */
  readonly binary: string;
}

/**
 * A program as the newest Debian has it, unpacked with the libraries it needs into a folder of its own: the machine's own stays
 * as it is.
 *
 * @param path `sbin/nginx`, of the package that has the same name
 */
export function requireNewestProgram(path: string): Program {
  const name = basename(path);
  const folder = resolve(`${process.env.DATA_DIR ?? '.data'}/${name}-newest`);
  const root = join(folder, 'root/usr');
  const found = { command: join(folder, name), binary: join(root, path) };
  if (existsSync(found.command)) return found;
  requirePrograms({ command: keyring, package: 'debian-archive-keyring' });
  mkdirSync(resolve(folder, '..'), { recursive: true });
  const making = mkdtempSync(`${folder}-`);
  try {
    unpack(making, name);
    // Started by the loader it was built for; nginx starts its workers by fork, and needs no path to itself.
    const loader = `${root}/lib64/ld-linux-x86-64.so.2`;
    const line = `exec ${loader} --library-path ${root}/lib/x86_64-linux-gnu ${found.binary} "$@"`;
    writeFileSync(join(making, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(making, name), 0o755);
    if (!existsSync(found.command)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return found;
}

/** With lists and a cache of its own, as if nothing were installed: apt then brings the libraries too. */
function unpack(dir: string, name: string): void {
  for (const part of ['lists/partial', 'archives/partial', 'root']) mkdirSync(join(dir, part), { recursive: true });
  writeFileSync(join(dir, 'sources.list'), `deb [signed-by=${keyring}] http://deb.debian.org/debian sid main\n`);
  writeFileSync(join(dir, 'status'), '');
  const settings = [
    `Dir::Etc::sourcelist=${dir}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${dir}/lists`,
    `Dir::State::status=${dir}/status`,
    `Dir::Cache::archives=${dir}/archives`,
    `Dir::Cache::pkgcache=`,
    `Dir::Cache::srcpkgcache=`,
    'APT::Architecture=amd64',
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((setting) => ['-o', setting]);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  run('apt-get', ...settings, '-qq', 'update');
  run('apt-get', ...settings, '-qq', '-y', '--no-install-recommends', '--download-only', 'install', name);
  run('sh', '-c', 'for package in "$1"/archives/*.deb; do dpkg-deb -x "$package" "$1/root"; done', 'unpack', dir);
  for (const part of ['lists', 'archives', 'status', 'sources.list'])
    rmSync(join(dir, part), { recursive: true, force: true });
}
