import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requirePrograms } from './install.ts';

const folder = resolve(`${process.env.DATA_DIR ?? '.data'}/nginx-newest`);
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * The path of the newest nginx that Debian has (1.30 or later, with HTTP/3), unpacked with the libraries it needs into a folder of
 * its own: the machine's own nginx stays as it is.
 */
export function requireNewestNginx(): string {
  const program = join(folder, 'nginx');
  if (existsSync(program)) return program;
  requirePrograms({ command: keyring, package: 'debian-archive-keyring' });
  mkdirSync(resolve(folder, '..'), { recursive: true });
  const making = mkdtempSync(`${folder}-`);
  try {
    unpack(making);
    // Started by the loader it was built for; nginx starts its workers by fork, and needs no path to itself.
    const root = join(folder, 'root/usr');
    const loader = `${root}/lib64/ld-linux-x86-64.so.2`;
    const line = `exec ${loader} --library-path ${root}/lib/x86_64-linux-gnu ${root}/sbin/nginx "$@"`;
    writeFileSync(join(making, 'nginx'), `#!/bin/sh\n${line}\n`);
    chmodSync(join(making, 'nginx'), 0o755);
    if (!existsSync(program)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return program;
}

/** With lists and a cache of its own, as if nothing were installed: apt then brings the libraries too. */
function unpack(dir: string): void {
  for (const name of ['lists/partial', 'archives/partial', 'root']) mkdirSync(join(dir, name), { recursive: true });
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
  run('apt-get', ...settings, '-qq', '-y', '--no-install-recommends', '--download-only', 'install', 'nginx');
  run('sh', '-c', 'for package in "$1"/archives/*.deb; do dpkg-deb -x "$package" "$1/root"; done', 'unpack', dir);
  for (const name of ['lists', 'archives', 'status', 'sources.list'])
    rmSync(join(dir, name), { recursive: true, force: true });
}
