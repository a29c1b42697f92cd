import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What stands behind the gate where Prefect cannot be had: it answers every request with what has arrived. */
export async function startExampleUpstream(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const arrived = { method: request.method, path: request.url, headers: request.headers, body: await text(request) };
    response.setHeader('Content-Type', 'application/json').end(`${JSON.stringify({ arrived }, null, 2)}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
