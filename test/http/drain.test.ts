import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createHttpServer } from '../../src/http/server.ts';
import { createDrain, type Drain } from '../../src/process/drain.ts';

const SLOW_MS = 300;

interface Stage extends Drain {
  readonly server: Server;
  open(): Promise<Client>;
}

interface Client {
  readonly socket: Socket;
  /** @returns the head of the answer */
  ask(path: string): Promise<string>;
}

async function startStage(t: ExecutionContext): Promise<Stage> {
  const server = createHttpServer((request, response) => {
    setTimeout(() => response.end(), request.url === '/slow' ? SLOW_MS : 0);
  });
  t.teardown(() => server.closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...createDrain(server),
    server,
    async open() {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return {
        socket,
        async ask(path) {
          socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
          const [answer] = (await once(socket, 'data')) as [Buffer];
          return answer.toString();
        },
      };
    },
  };
}

test('a connection that is idle when the stop begins still has its next request answered, and ends with it', async (t) => {
  const { drain, open } = await startStage(t);
  const { socket, ask } = await open();
  t.regex(await ask('/'), /^HTTP\/1\.1 200 .*\r\nConnection: keep-alive\r\n/s);
  const drained = drain(10_000);
  await delay(100);
  const ended = once(socket, 'end');
  t.regex(await ask('/'), /^HTTP\/1\.1 200 .*\r\nConnection: close\r\n/s);
  await ended;
  await drained;
});

test('a request that has begun is answered, and a new connection is refused', async (t) => {
  const { server, drain, open } = await startStage(t);
  const { port } = server.address() as AddressInfo;
  const { socket, ask } = await open();
  const answer = ask('/slow');
  await once(server, 'request');
  const drained = drain(10_000);
  await t.throwsAsync(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
  t.regex(await answer, /^HTTP\/1\.1 200 /);
  socket.end();
  await drained;
});

test('who neither asks nor goes is cut off when the time is over', async (t) => {
  const { drain, open } = await startStage(t);
  const { socket, ask } = await open();
  await ask('/');
  const ended = once(socket, 'close');
  socket.resume();
  await drain(200);
  await ended;
  t.pass();
});
