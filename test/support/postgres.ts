import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { baseEnvironment, type RunningProgram, runProgram, startProgram, waitUntilReady } from './child-process.ts';
import type { DatabaseServer } from './database-server.ts';
import { findFreePort } from './free-port.ts';
import { findProgram, requirePrograms } from './install.ts';
import { programs } from './programs.ts';

const [{ command: INITDB }, { command: POSTGRES }] = programs.postgres;

export interface PostgresOptions {
  /** Further lines of postgresql.conf, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files that the settings name by their bare names, such as a certificate and its key. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts the newest PostgreSQL that is installed on a free loopback port, in a folder of its own. */
export async function startPostgres({ settings = {}, files = {} }: PostgresOptions = {}): Promise<DatabaseServer> {
  requirePrograms(...programs.postgres);
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-postgres-'));
  const port = await findFreePort();
  await asServerUser(['chown', folder], 'root');
  await asServerUser([findProgram(INITDB) ?? '', '-D', `${folder}/data`, '-U', 'postgres', '--no-sync', '-E', 'UTF8']);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, 'data', name), text, { mode: 0o600 });
    await asServerUser(['chown', join(folder, 'data', name)], 'root');
  }
  const all = { listen_addresses: '127.0.0.1', port: `${port}`, unix_socket_directories: folder, ...settings };
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
  const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
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
    port,
    settings: {
      DB_TYPE: 'postgres',
      DB_HOST: '127.0.0.1',
      DB_PORT: `${port}`,
      DB_USER: 'postgres',
      DB_DATABASE: 'postgres',
    },
    query,
    signal: (name) => program.signal(name),
    async kill() {
      program.signal('SIGKILL');
      await program.exited;
    },
    async restart() {
      program = start();
      await waitUntilReady(program, isReady, 'PostgreSQL');
    },
    async stop() {
      program.signal('SIGCONT');
      // A fast shutdown: SIGTERM alone would wait for the last client to leave.
      program.signal('SIGINT');
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
