import type { Socket } from 'node:net';
import type { Sequelize } from 'sequelize';
import type { Database } from './database.ts';

/** What the drivers of PostgreSQL and MySQL call the socket of a connection. */
interface Connection {
  readonly connection?: { readonly stream: Socket };
  readonly stream?: Socket;
}

/**
 * Breaks a connection on which a query is not answered for so long: its host may have vanished without a word, for which
 * the system takes a quarter of an hour. The query fails, and the pool connects anew. This is for the service; a person
 * at the command line may wait for what takes long.
 */
export function limitQueries({ sequelize, replica, isEmbedded }: Database, milliseconds: number): void {
  if (isEmbedded) return;
  limit(sequelize, milliseconds);
  if (replica !== undefined) limit(replica, milliseconds);
}

function limit(sequelize: Sequelize, milliseconds: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  sequelize.addHook('beforeQuery', (_options, query) => {
    timers.set(query, setTimeout(breakConnection, milliseconds, query.connection, milliseconds));
  });
  sequelize.addHook('afterQuery', (_options, query) => clearTimeout(timers.get(query)));
}

function breakConnection(connection: Connection, milliseconds: number): void {
  const socket = connection.connection?.stream ?? connection.stream;
  socket?.destroy(new Error(`The database did not answer within ${milliseconds} ms.`));
}
