import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, requirePrograms } from '../install/install.ts';
import { programs } from '../install/programs.ts';
import { baseEnvironment, type RunningProgram, startProgram, waitUntilReady } from '../process/child-process.ts';
import { findFreePort } from '../process/free-port.ts';

export interface RedisServer {
  readonly url: string;
  signal(name: NodeJS.Signals): void;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Redis on a free loopback port; it keeps nothing on disk. */
export async function startRedis(): Promise<RedisServer> {
  requirePrograms(...programs.redis);
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-redis-'));
  const port = await findFreePort();
  const options = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no', '--dir', folder];
  const start = (): RunningProgram =>
    startProgram(findProgram('redis-server') ?? '', options, { env: baseEnvironment(folder), cwd: folder });
  let program = start();
  await waitUntilReady(program, () => isListening(port), 'Redis');
  return {
    url: `redis://127.0.0.1:${port}`,
    signal: (name) => program.signal(name),
    async kill() {
      program.signal('SIGKILL');
      await program.exited;
    },
    async restart() {
      program = start();
      await waitUntilReady(program, () => isListening(port), 'Redis');
    },
    async stop() {
      program.signal('SIGCONT');
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
