import { readFileSync } from 'node:fs';
import pg from 'pg';
import { type Options, Sequelize } from 'sequelize';
import type { Config } from '../config/settings.ts';
import { createRenewal, type Renewal } from './renewal.ts';

export interface Database {
  readonly sequelize: Sequelize;
  readonly isEmbedded: boolean;
  /** How to reach a PostgreSQL server, for a listener that opens a connection of its own. */
  readonly connection?: pg.ClientConfig;
  /** The read replica, if there is one. */
  readonly replica?: Sequelize;
  /** Stops using the connections that are open now. */
  renewConnections(): void;
  close(): Promise<void>;
}

/** Sequelize's own check of a connection, which its types leave out. */
interface Validating {
  validate(connection: object): boolean;
}

const TIMESTAMP_WITHOUT_TIME_ZONE = 1114;

/** Our statements rely on this mode: text that is too long for its column is an error, and a backslash is an escape. */
const MYSQL_SESSION = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";

/** Connects to the database of the settings, or to the embedded one, which it starts if no process serves it yet. */
export async function openDatabase(config: Config): Promise<Database> {
  // Tables of the service that this one replaces have UTC without a time zone; pg would assume the machine's own zone.
  pg.types.setTypeParser(TIMESTAMP_WITHOUT_TIME_ZONE, (value) => new Date(`${value.replace(' ', 'T')}Z`));
  return config.DB_HOST === undefined ? openEmbedded(config.DATA_DIR) : openServer(config, config.DB_HOST);
}

function openServer(config: Config, host: string): Database {
  const renewal = createRenewal();
  const sequelize = connect(config, host, renewal);
  const replica = config.DB_READ_HOST === undefined ? undefined : connect(config, config.DB_READ_HOST, renewal);
  return {
    sequelize,
    isEmbedded: false,
    ...(replica !== undefined && { replica }),
    ...(config.DB_TYPE === 'postgres' && { connection: clientConfig(config, host) }),
    renewConnections: renewal.renew,
    async close() {
      await sequelize.close();
      await replica?.close();
    },
  };
}

function connect(config: Config, host: string, renewal: Renewal): Sequelize {
  const { pool, ...options } = serverOptions(config, host);
  const sequelize: Sequelize = new Sequelize({
    ...options,
    pool: { ...pool, validate: (connection: object) => renewal.isCurrent(connection) && isUsable(connection) },
  });
  const isUsable = (connection: object) => (sequelize.connectionManager as unknown as Validating).validate(connection);
  sequelize.addHook('afterConnect', renewal.made);
  if (config.DB_TYPE === 'mysql') sequelize.addHook('afterConnect', prepareMysqlSession);
  return sequelize;
}

async function openEmbedded(dataDir: string): Promise<Database> {
  // Imported only if it is needed: it is a whole PostgreSQL, and takes memory.
  const { startEmbeddedDatabase } = await import('./embedded-database.ts');
  const { prepareTables } = await import('./migrate.ts');
  const embedded = await startEmbeddedDatabase(dataDir);
  const sequelize = new Sequelize({
    dialect: 'postgres',
    host: embedded.socketFolder,
    username: 'postgres',
    database: 'postgres',
    timezone: '+00:00',
    logging: false,
    pool: { max: 1 },
  });
  if (embedded.isOurs) await prepareTables(sequelize);
  return {
    sequelize,
    isEmbedded: true,
    renewConnections() {},
    async close() {
      await sequelize.close();
      await embedded.close();
    },
  };
}

function serverOptions(config: Config, host: string): Options {
  const account = {
    username: config.DB_USER as string,
    database: config.DB_DATABASE as string,
    ...(config.DB_PASSWORD === undefined ? {} : { password: config.DB_PASSWORD }),
    ...(config.DB_PORT === undefined ? {} : { port: config.DB_PORT }),
  };
  const timeoutMs = config.DB_TIMEOUT * 1000;
  return {
    dialect: config.DB_TYPE,
    host,
    ...account,
    timezone: '+00:00',
    logging: false,
    pool: { max: config.DB_POOL_SIZE, acquire: timeoutMs },
    dialectOptions: {
      ...(config.DB_TYPE === 'mysql' ? { connectTimeout: timeoutMs } : { connectionTimeoutMillis: timeoutMs }),
      ...(config.DB_SSL && { ssl: tlsOptions(config) }),
    },
  };
}

function clientConfig(config: Config, host: string): pg.ClientConfig {
  return {
    host,
    ...(config.DB_PORT !== undefined && { port: config.DB_PORT }),
    user: config.DB_USER,
    ...(config.DB_PASSWORD !== undefined && { password: config.DB_PASSWORD }),
    database: config.DB_DATABASE,
    ...(config.DB_SSL && { ssl: tlsOptions(config) }),
  };
}

/** pg checks the host name by default, mysql2 only with `verifyIdentity`. */
function tlsOptions(config: Config): object {
  return {
    rejectUnauthorized: true,
    ...(config.DB_SSL_CA !== undefined && { ca: readFileSync(config.DB_SSL_CA, 'utf8') }),
    ...(config.DB_TYPE === 'mysql' && { verifyIdentity: true }),
  };
}

async function prepareMysqlSession(connection: unknown): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    (connection as { query(sql: string, done: (error: Error | null) => void): void }).query(MYSQL_SESSION, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
