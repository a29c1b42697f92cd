import { chmod, mkdir, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface EmbeddedDatabase {
  /** The folder of its socket `.s.PGSQL.5432`, which pg takes as the host. */
  readonly socketFolder: string;
  /** Whether this process has opened the files, and so has to prepare the tables in them. */
  readonly isOurs: boolean;
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 16;
const WAIT_FOR_OTHER_MS = 30_000;

/**
 * PGlite under `<dataDir>/database`, served on a Unix socket under `<dataDir>/socket`. Only one process may open the
 * files: the others, such as the command line while the service runs, connect to that one's socket.
 */
export async function startEmbeddedDatabase(dataDir: string): Promise<EmbeddedDatabase> {
  const socketFolder = resolve(dataDir, 'socket');
  const folder = resolve(dataDir, 'database');
  const lock = await acquireLock(folder);
  if (lock !== undefined) return serve(folder, socketFolder, lock);
  await waitForSocket(socketFolder);
  return { socketFolder, isOurs: false, close: async () => {} };
}

async function serve(folder: string, socketFolder: string, lock: Server): Promise<EmbeddedDatabase> {
  await makePrivate(folder);
  await makePrivate(socketFolder);
  const database = await PGlite.create({ dataDir: folder });
  const path = socketPath(socketFolder);
  await rm(path, { force: true });
  const server = new PGLiteSocketServer({ db: database, path, maxConnections: MOST_CONNECTIONS });
  await server.start();
  await chmod(path, 0o600);
  return {
    socketFolder,
    isOurs: true,
    async close() {
      await server.stop();
      await database.close();
      await rm(path, { force: true });
      lock.close();
    },
  };
}

/** Access to either folder is access to all keys. `dataDir` may already exist, and be open to all. */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

function socketPath(socketFolder: string): string {
  return `${socketFolder}/.s.PGSQL.5432`;
}

/** An abstract socket is the lock: the kernel gives it to one process, and frees it however that process ends. */
async function acquireLock(folder: string): Promise<Server | undefined> {
  // This socket serves nothing, and a connection that stays open would keep the process from stopping.
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0prefect-auth:${folder}`, () => resolve(server.unref()));
  });
}

async function waitForSocket(socketFolder: string): Promise<void> {
  const deadline = Date.now() + WAIT_FOR_OTHER_MS;
  while (!(await accepts(socketPath(socketFolder)))) {
    if (Date.now() > deadline) {
      throw new Error(
        `Another process holds the embedded database of ${socketFolder} (DATA_DIR) and does not serve it.`,
      );
    }
    await delay(100);
  }
}

async function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
