import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { baseEnvironment, startProgram, waitUntilReady } from '../process/child-process.ts';
import { findFreePort } from '../process/free-port.ts';
import type { PrefectInstallation } from '../servers/prefect.ts';

export interface PrefectRouter {
  /** The function that Prefect would call for a raw request target; undefined where it would call none. */
  ask(method: string, target: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Prefect's own uvicorn and router, with routes that answer with the name of their function and do nothing else. */
export async function startPrefectRouter(installation: PrefectInstallation, home: string): Promise<PrefectRouter> {
  const port = await findFreePort();
  const script = join(import.meta.dirname, 'prefect_router.py');
  const program = startProgram(installation.program('python'), [script, `${port}`], {
    env: baseEnvironment(home),
    cwd: home,
  });
  await waitUntilReady(
    program,
    async () => (await fetch(`http://127.0.0.1:${port}/api/health`)).ok,
    "Prefect's router",
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  return {
    ask: (method, target) => (method === 'WS' ? handshake(port, target) : ask(port, method, target, agent)),
    stop: async () => {
      agent.destroy();
      await program.stop();
    },
  };
}

async function ask(port: number, method: string, path: string, agent: Agent): Promise<string | undefined> {
  const response = await answer(request({ port, host: '127.0.0.1', method, path, agent }));
  response.resume();
  await once(response, 'end');
  return functionOf(response);
}

const handshakeHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
};

async function handshake(port: number, path: string): Promise<string | undefined> {
  const response = await answer(request({ port, host: '127.0.0.1', path, headers: handshakeHeaders }));
  response.destroy();
  return functionOf(response);
}

function answer(asked: ClientRequest): Promise<IncomingMessage> {
  asked.end();
  return new Promise((resolve, reject) => {
    asked.on('response', resolve).on('upgrade', resolve).on('error', reject);
  });
}

function functionOf({ headers }: IncomingMessage): string | undefined {
  const name = headers['x-function'];
  return Array.isArray(name) ? name[0] : name;
}
