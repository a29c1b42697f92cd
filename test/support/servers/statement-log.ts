import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseServer } from './database-server.ts';

/** Has a database server write down every statement that it is given from now on, with its parameters. */
export async function logStatements(server: DatabaseServer): Promise<{ read(): Promise<string> }> {
  if (server.type === 'mysql') {
    await server.query("SET GLOBAL general_log_file = 'statements.log'; SET GLOBAL general_log = ON");
    const [row] = await server.query('SELECT @@datadir AS folder');
    return { read: async () => readFileSync(join(String(row?.folder), 'statements.log'), 'utf8') };
  }
  // Its log goes to a file from the start: a collector cannot be added to a server that runs.
  for (const setting of ["log_statement = 'all'", 'log_min_duration_statement = 0', 'log_parameter_max_length = -1'])
    await server.query(`ALTER SYSTEM SET ${setting}`);
  await server.query('SELECT pg_reload_conf()');
  const [row] = await server.query("SELECT current_setting('data_directory') AS folder");
  const read = () => readFileSync(join(String(row?.folder), 'log/postgresql.log'), 'utf8');
  while (!read().includes('marks the start')) await server.query("SELECT 'marks the start'");
  return { read: async () => read() };
}

/** Settings with which PostgreSQL keeps its log where `logStatements` reads it. */
export const postgresLog = { logging_collector: 'on', log_filename: 'postgresql.log' };
