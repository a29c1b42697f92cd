import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, requirePrograms } from '../install/install.ts';
import { programs } from '../install/programs.ts';
import { baseEnvironment, startProgram, waitUntilReady } from '../process/child-process.ts';
import { findFreePort } from '../process/free-port.ts';
import type { DatabaseServer } from './database-server.ts';

export interface Pgbouncer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a PgBouncer before a PostgreSQL server, which lets everyone in as the server's own user. */
export async function startPgbouncer(
  { settings }: DatabaseServer,
  poolMode: 'session' | 'transaction',
): Promise<Pgbouncer> {
  requirePrograms(...programs.pgbouncer);
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-pgbouncer-'));
  const port = await findFreePort();
  const { DB_HOST, DB_PORT, DB_USER } = settings;
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${DB_HOST} port=${DB_PORT} user=${DB_USER}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
`,
  );
  // PgBouncer refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const command = [findProgram('pgbouncer') ?? 'pgbouncer', file];
  const [program = '', ...args] = isRoot
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command]
    : command;
  if (isRoot) chmodSync(folder, 0o755);
  const running = startProgram(program, args, { env: baseEnvironment(folder), cwd: '/' });
  await waitUntilReady(running, async () => running.output().includes('process up'), 'PgBouncer');
  return {
    port,
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
