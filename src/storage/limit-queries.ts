import type { Socket } from 'node:net';
import type { Sequelize } from 'sequelize';
import { Fault } from '../faults/fault.ts';
import type { Database } from './database.ts';

/** A connection, with the names that the drivers of PostgreSQL and MySQL give its socket. */
interface Connection {
  readonly connection?: { readonly stream: Socket };
  readonly stream?: Socket;
}

/**
 * Breaks a connection on which a query is not answered within so many milliseconds. Its host may have vanished, which the system
 * notices only after a quarter of an hour. The query fails, and the pool makes a new connection for the next one. Only the service
 * needs this: at the command line a person may wait for a long query.
 */
export function limitQueries(database: Database, milliseconds: number): void {
  if (database.isEmbedded) return;
  const breakConnection = ({ connection, stream }: Connection) => {
    (connection?.stream ?? stream)?.destroy(new Fault(`The database did not answer within ${milliseconds} ms.`));
    database.renewConnections();
  };
  for (const sequelize of [database.sequelize, database.replica]) {
    if (sequelize !== undefined) limit(sequelize, milliseconds, breakConnection);
  }
}

function limit(sequelize: Sequelize, milliseconds: number, breakConnection: (connection: Connection) => void): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  sequelize.addHook('beforeQuery', (_options, query) => {
    timers.set(query, setTimeout(breakConnection, milliseconds, query.connection));
  });
  sequelize.addHook('afterQuery', (_options, query) => clearTimeout(timers.get(query)));
}
