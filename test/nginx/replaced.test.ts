import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { findFreePort } from '../support/process/free-port.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { exchange } from './exchange.ts';
import { startNameServer } from './name-server.ts';

type Headers = Record<string, string>;

async function listen(host: string, port: number, headersFor: (request: IncomingMessage) => Headers): Promise<Server> {
  const server = createServer((request, response) => response.writeHead(200, headersFor(request)).end(host));
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  if (server.listening) await once(server, 'close');
}

/** It repeats every header it was sent, as some development servers do. */
const strange = ({ headers }: IncomingMessage): Headers => ({
  'X-Auth-User': 'root',
  'X-Request-Id': `${headers['x-request-id']}`,
});
const service = ({ headers }: IncomingMessage): Headers => ({
  'X-Auth-Verdict': `prefect-auth allows ${headers['x-request-id']}`,
});

/** How long it takes until an answer comes from there, in milliseconds; what came before are refusals. */
async function untilFound(port: number, body: string, refusals: readonly number[]): Promise<number> {
  const start = performance.now();
  for (;;) {
    const answer = await exchange(port, { target: '/api/flows/1' });
    if (answer.status === 200 && answer.body.includes(body)) return performance.now() - start;
    if (!refusals.includes(answer.status)) throw new Error(`${answer.status} ${answer.body}`);
    if (performance.now() - start > 30_000) throw new Error('It is not found again.');
    await sleep(200);
  }
}

test('the bundled server finds a replaced service and a replaced Prefect again within seconds, and takes nobody else for them', async (t) => {
  const [authPort, prefectPort, names] = [
    await findFreePort(),
    await findFreePort(),
    await startNameServer('127.0.0.1'),
  ];
  const servers = [await listen('127.0.0.1', authPort, service), await listen('127.0.0.1', prefectPort, () => ({}))];
  const nginx = await startNginx({
    version: 'newest',
    auth: `auth.test:${authPort}`,
    prefect: `prefect.test:${prefectPort}`,
    variables: { NGINX_RESOLVER: names.address },
  });
  t.teardown(async () => {
    await nginx.stop();
    names.stop();
    await Promise.all(servers.map(close));
  });
  await untilFound(nginx.httpsPort, '127.0.0.1', [502, 503]);

  // Both are gone and come back elsewhere; somebody else gets the address of the service.
  await Promise.all(servers.splice(0).map(close));
  servers.push(await listen('127.0.0.1', authPort, strange), await listen('127.0.0.2', authPort, service));
  servers.push(await listen('127.0.0.2', prefectPort, () => ({})));
  const stranger = await exchange(nginx.httpsPort, { target: '/api/flows/1' });
  t.is(stranger.status, 502, stranger.body);
  names.answer = '127.0.0.2';
  const found = await untilFound(nginx.httpsPort, '127.0.0.2', [502, 503]);
  t.log(`found again after ${Math.round(found)} ms`);
  t.true(found < 15_000, `${found} ms`);
});
