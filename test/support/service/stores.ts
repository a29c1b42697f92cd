import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { readConfig } from '../../../src/config/read-config.ts';
import { openStore, type Store } from '../../../src/storage/open-store.ts';
import type { DatabaseServer } from '../servers/database-server.ts';
import { startMariadb } from '../servers/mariadb.ts';
import { startPostgres } from '../servers/postgres.ts';

/** One of the three databases, and how a test reaches it. */
export interface TestDatabase {
  readonly name: string;
  /** The variables that make the service use it. */
  readonly settings: Readonly<Record<string, string>>;
  readonly dialect: 'postgres' | 'mysql';
  readonly server?: DatabaseServer;
  open(settings?: Readonly<Record<string, string>>): Promise<Store>;
  /** Runs statements as they are, one at a time. @returns the rows of the last one */
  sql(statements: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** The embedded database, PostgreSQL and MariaDB, whose time zones are not UTC, nor that of this process. */
export async function startDatabases(): Promise<TestDatabase[]> {
  const [embedded, postgres, mariadb] = await Promise.all([
    startEmbedded(),
    startPostgres({ settings: { timezone: 'Asia/Kolkata' } }),
    startMariadb({ settings: { 'default-time-zone': '-08:00' } }),
  ]);
  return [embedded, ofServer('PostgreSQL', postgres), ofServer('MariaDB', mariadb)];
}

export function ofServer(name: string, server: DatabaseServer): TestDatabase {
  return {
    name,
    settings: server.settings,
    dialect: server.type,
    server,
    open: (settings = {}) => openStore(readConfig({ ...server.settings, ...settings })),
    sql: (statements) => server.query(statements),
    stop: () => server.stop(),
  };
}

async function startEmbedded(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-embedded-'));
  const settings = { DATA_DIR: folder };
  const store = await openStore(readConfig(settings));
  return {
    name: 'the embedded database',
    settings,
    dialect: 'postgres',
    open: (more = {}) => openStore(readConfig({ ...settings, ...more })),
    async sql(statements) {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements.split(';').filter((text) => text.trim() !== '')) {
        rows = await store.sequelize.query(statement, { type: QueryTypes.SELECT });
      }
      return rows;
    },
    async stop() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
