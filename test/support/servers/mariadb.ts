import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { findProgram, requirePrograms } from '../install/install.ts';
import { programs } from '../install/programs.ts';
import {
  baseEnvironment,
  type RunningProgram,
  runProgram,
  startProgram,
  waitUntilReady,
} from '../process/child-process.ts';
import { findFreePort } from '../process/free-port.ts';
import type { DatabaseServer } from './database-server.ts';

export interface MariadbOptions {
  /** Options of the server, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files that the settings name as `{folder}/<name>`, such as a certificate and its key. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts MariaDB on a free loopback port, in a folder of its own. */
export async function startMariadb({ settings = {}, files = {} }: MariadbOptions = {}): Promise<DatabaseServer> {
  requirePrograms(...programs.mariadb);
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-mariadb-'));
  const port = await findFreePort();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  // A server that starts removes what others have in a temporary folder that they share.
  const common = ['--no-defaults', ...user, `--datadir=${folder}/data`, `--tmpdir=${folder}`];
  const install = [
    ...common,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=8M',
  ];
  const { status, output } = await runProgram(findProgram('mariadb-install-db') ?? '', install, {
    env: baseEnvironment(folder),
  });
  if (status !== 0) throw new Error(`mariadb-install-db failed:\n${output}`);
  const options = Object.entries({
    'bind-address': '127.0.0.1',
    port: `${port}`,
    socket: `${folder}/socket`,
    'pid-file': `${folder}/pid`,
    'innodb-log-file-size': '8M',
    'innodb-buffer-pool-size': '64M',
    'innodb-flush-log-at-trx-commit': '2',
    ...settings,
  }).map(([name, value]) => `--${name}=${value.replace('{folder}', folder)}`);
  const start = (): RunningProgram =>
    startProgram(findProgram('mariadbd') ?? '', [...common, ...options], { env: baseEnvironment(folder), cwd: folder });
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const connection = await mysql.createConnection({
      socketPath: `${folder}/socket`,
      user: 'root',
      database: 'prefect_auth',
      multipleStatements: true,
      timezone: 'Z',
    });
    try {
      const [result] = await connection.query(sql);
      const rows = Array.isArray(result) && Array.isArray(result.at(-1)) ? result.at(-1) : result;
      return rows as Record<string, unknown>[];
    } finally {
      await connection.end();
    }
  };
  const isReady = async () => (await query('SELECT 1')).length === 1;
  let program = start();
  const createDatabase = async () => {
    const connection = await mysql.createConnection({ socketPath: `${folder}/socket`, user: 'root' });
    await connection.query('CREATE DATABASE IF NOT EXISTS prefect_auth');
    await connection.query("CREATE USER IF NOT EXISTS 'auth'@'%'");
    await connection.query("GRANT ALL ON *.* TO 'auth'@'%'");
    await connection.end();
    return true;
  };
  await waitUntilReady(program, createDatabase, 'MariaDB');
  return {
    type: 'mysql',
    port,
    settings: {
      DB_TYPE: 'mysql',
      DB_HOST: '127.0.0.1',
      DB_PORT: `${port}`,
      DB_USER: 'auth',
      DB_DATABASE: 'prefect_auth',
    },
    query,
    signal: (name) => program.signal(name),
    async kill() {
      program.signal('SIGKILL');
      await program.exited;
    },
    async restart() {
      program = start();
      await waitUntilReady(program, isReady, 'MariaDB');
    },
    async stop() {
      program.signal('SIGCONT');
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
