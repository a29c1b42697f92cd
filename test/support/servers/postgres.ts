import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
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

const [{ command: INITDB }, { command: POSTGRES }] = programs.postgres;

export interface PostgresOptions {
  /** Further lines of postgresql.conf, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files that the settings name by their bare names, such as a certificate and its key. */
  readonly files?: Readonly<Record<string, string>>;
  /** An address of the loopback; 127.0.0.1 when not given. */
  readonly host?: string;
  /** A free one when not given. */
  readonly port?: number;
}

/** Starts the newest PostgreSQL that is installed on a free loopback port, in a folder of its own. */
export async function startPostgres({
  settings = {},
  files = {},
  host = '127.0.0.1',
  port = 0,
}: PostgresOptions = {}): Promise<DatabaseServer> {
  requirePrograms(...programs.postgres);
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-postgres-'));
  const listenPort = port || (await findFreePort());
  await asServerUser(['chown', folder], 'root');
  await asServerUser([findProgram(INITDB) ?? '', '-D', `${folder}/data`, '-U', 'postgres', '--no-sync', '-E', 'UTF8']);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, 'data', name), text, { mode: 0o600 });
    await asServerUser(['chown', join(folder, 'data', name)], 'root');
  }
  const all = { listen_addresses: host, port: `${listenPort}`, unix_socket_directories: folder, ...settings };
  const options = Object.entries({ fsync: 'off', ...all }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = (): RunningProgram => {
    const [command = '', ...args] = serverUserCommand([
      findProgram(POSTGRES) ?? '',
      '-D',
      `${folder}/data`,
      ...options,
    ]);
    return startProgram(command, args, { env: baseEnvironment(folder), cwd: '/' });
  };
  const connection = { host, port: listenPort, user: 'postgres', database: 'postgres' };
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client(connection);
    await client.connect();
    try {
      const result = await client.query(sql);
      return (Array.isArray(result) ? result.at(-1) : result).rows;
    } finally {
      await client.end();
    }
  };
  const isReady = async () => (await query('SELECT 1')).length === 1;
  let program = start();
  await waitUntilReady(program, isReady, 'PostgreSQL');
  return {
    type: 'postgres',
    port: listenPort,
    settings: {
      DB_TYPE: 'postgres',
      DB_HOST: host,
      DB_PORT: `${listenPort}`,
      DB_USER: 'postgres',
      DB_DATABASE: 'postgres',
    },
    query,
    signal: (name) => signalAll(`${folder}/data/postmaster.pid`, name),
    async kill() {
      program.signal('SIGKILL');
      await program.exited;
    },
    async restart() {
      program = start();
      await waitUntilReady(program, isReady, 'PostgreSQL');
    },
    async stop() {
      // A fast shutdown: SIGTERM alone would wait for the last client to leave.
      program.signal('SIGINT');
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Each of PostgreSQL's processes leads a group of its own. */
function signalAll(pidFile: string, name: NodeJS.Signals): void {
  const [pid = ''] = readFileSync(pidFile, 'utf8').split('\n');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  for (const each of [pid, ...children]) process.kill(Number(each), name);
}

/** PostgreSQL refuses to run as root. */
function serverUserCommand(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command];
}

async function asServerUser(command: readonly string[], as: 'root' | 'server' = 'server'): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (as === 'root' && !isRoot) return;
  const [program = '', ...args] =
    as === 'root' ? [command[0] ?? '', 'postgres:', ...command.slice(1)] : serverUserCommand(command);
  const { status, output } = await runProgram(program, args, { env: baseEnvironment('/'), cwd: '/' });
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`);
}
