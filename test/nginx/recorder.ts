import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';

/** A request as it arrived, nothing of it decoded. */
export interface Arrival {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names in lower case, each as often as it was sent. */
  readonly headerNames: readonly string[];
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly afterMs?: number;
}

export interface Recorder {
  /** host:port */
  readonly address: string;
  readonly arrivals: Arrival[];
  /** How many connections have been opened to it. */
  connections(): number;
  /** May be replaced in the course of a test. */
  reply: (arrival: Arrival) => Reply;
  stop(): Promise<void>;
}

/** A server that keeps what it was sent and answers what it is told: stands for Prefect, and for a service that is told what to decide. */
export async function startRecorder(
  reply: Recorder['reply'],
  headersFor: (arrival: Arrival) => Record<string, string> = () => ({}),
): Promise<Recorder> {
  const arrivals: Arrival[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ insecureHTTPParser: true }, async (request, response) => {
    const arrival = toArrival(request, await readBody(request));
    arrivals.push(arrival);
    const { status, headers = {}, body = '', afterMs = 0 } = recorder.reply(arrival);
    setTimeout(
      () =>
        response
          .writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headersFor(arrival), ...headers })
          .end(body),
      afterMs,
    );
  });
  // A WebSocket says back what it is told.
  const webSockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    arrivals.push(toArrival(request, Buffer.alloc(0)));
    webSockets.handleUpgrade(request, socket, head, (client) =>
      client.on('message', (message) => client.send(message)),
    );
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const recorder: Recorder = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    connections: () => connections,
    reply,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return recorder;
}

function toArrival(request: IncomingMessage, body: Buffer): Arrival {
  const { method = '', url: target = '', headers, rawHeaders } = request;
  const headerNames = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return { method, target, headers, headerNames, body };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
