import pg from 'pg';
import { type Options, Sequelize } from 'sequelize';
import type { Config } from '../config.ts';
import { startEmbeddedDatabase } from './embedded-database.ts';

export interface Database {
  readonly sequelize: Sequelize;
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

const TIMESTAMP_WITHOUT_TIME_ZONE = 1114;
const TIMEOUT_MS = 3_000;

/** Connects to the database of the settings, or to the embedded one, which it starts where no process serves it yet. */
export async function openDatabase(config: Config): Promise<Database> {
  // Tables of the service that this one replaces hold UTC without saying so; pg would read the machine's own zone.
  pg.types.setTypeParser(TIMESTAMP_WITHOUT_TIME_ZONE, (value) => new Date(`${value.replace(' ', 'T')}Z`));
  if (config.DB_HOST !== undefined) {
    const sequelize = new Sequelize(serverOptions(config));
    return { sequelize, isEmbedded: false, close: () => sequelize.close() };
  }
  const embedded = await startEmbeddedDatabase(config.DATA_DIR);
  const sequelize = new Sequelize(embeddedOptions(embedded.socketFolder));
  return {
    sequelize,
    isEmbedded: true,
    async close() {
      await sequelize.close();
      await embedded.close();
    },
  };
}

function serverOptions(config: Config): Options {
  const timeouts =
    config.DB_TYPE === 'mysql'
      ? { connectTimeout: TIMEOUT_MS }
      : { connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS };
  return {
    dialect: config.DB_TYPE,
    host: config.DB_HOST as string,
    ...(config.DB_PORT === undefined ? {} : { port: config.DB_PORT }),
    username: config.DB_USER as string,
    ...(config.DB_PASSWORD === undefined ? {} : { password: config.DB_PASSWORD }),
    database: config.DB_DATABASE as string,
    timezone: '+00:00',
    logging: false,
    pool: { max: 10, acquire: TIMEOUT_MS },
    dialectOptions: config.DB_SSL ? { ...timeouts, ssl: { rejectUnauthorized: true } } : timeouts,
  };
}

function embeddedOptions(socketFolder: string): Options {
  return {
    dialect: 'postgres',
    host: socketFolder,
    username: 'postgres',
    database: 'postgres',
    timezone: '+00:00',
    logging: false,
    pool: { max: 1 },
  };
}
