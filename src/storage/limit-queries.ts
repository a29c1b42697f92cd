import type { Socket } from 'node:net';
import type { Sequelize } from 'sequelize';
import type { Database } from './database.ts';

/** What the drivers of PostgreSQL and MySQL call the socket of a connection. */
interface Connection {
  readonly connection?: { readonly stream: Socket };
  readonly stream?: Socket;
}

/** Breaks the connections that nobody uses at the moment; the pool makes new ones. */
export type DropIdle = () => void;

/**
 * Breaks a connection on which a query is not answered for so long: its host may have vanished without a word, for which
 * the system takes a quarter of an hour. The query fails, and the pool connects anew. This is for the service; a person
 * at the command line may wait for what takes long. The others of the pool may have gone the same way, and each would take
as long to be found out: those that are idle are dropped at once.
 */
export function limitQueries({ sequelize, replica, isEmbedded }: Database, milliseconds: number): DropIdle {
  if (isEmbedded) return () => {};
  if (replica !== undefined) limit(replica, milliseconds);
  return limit(sequelize, milliseconds);
}

function limit(sequelize: Sequelize, milliseconds: number): DropIdle {
  const idle = new Set<Socket>();
  const timers = new WeakMap<object, NodeJS.Timeout>();

  function dropIdle(): void {
    for (const socket of idle) socket.destroy();
  }

  function giveUp(socket: Socket): void {
    socket.destroy(new Error(`The database did not answer within ${milliseconds} ms.`));
    dropIdle();
  }

  sequelize.addHook('afterConnect', (connection) => {
    const socket = socketOf(connection as Connection);
    socket.once('close', () => idle.delete(socket));
  });
  sequelize.addHook('beforeQuery', (_options, { connection }) => {
    const socket = socketOf(connection);
    idle.delete(socket);
    timers.set(socket, setTimeout(giveUp, milliseconds, socket));
  });
  sequelize.addHook('afterQuery', ({ transaction }, { connection }) => {
    const socket = socketOf(connection);
    clearTimeout(timers.get(socket));
    // Between two statements of a transaction somebody uses it.
    if (transaction === undefined && !socket.destroyed) idle.add(socket);
  });
  return dropIdle;
}

function socketOf(connection: Connection): Socket {
  const socket = connection.connection?.stream ?? connection.stream;
  if (socket === undefined) throw new Error('A connection to the database has no socket.');
  return socket;
}
