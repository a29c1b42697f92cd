import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { findFreePort } from '../support/process/free-port.ts';
import { ask, bearer, startService } from '../support/service/service.ts';

const run = '/api/deployments/11111111-1111-4111-8111-111111111111/create_flow_run';

async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('why a name could not be looked up at API_SERVICE_URL is in the log, and the request is refused as a fault', async (t) => {
  const cases: [string, RegExp][] = [
    [`http://127.0.0.1:${await findFreePort()}`, /API_SERVICE_URL did not answer: ECONNREFUSED/],
    ['http://no-such-host.invalid:4200', /API_SERVICE_URL did not answer: (?:ENOTFOUND|EAI_AGAIN)/],
    [await answering(500, ''), /API_SERVICE_URL answered 500/],
    [await answering(401, ''), /API_SERVICE_URL answered 401/],
    [await answering(200, '<html>'), /API_SERVICE_URL did not answer with JSON/],
  ];
  for (const [url, message] of cases) {
    const service = await startService({ API_SERVICE_URL: url });
    t.teardown(() => service.stop());
    const { key } = await service.issue('mutation/create_flow_run_from_deployment[deployment=etl/*]');
    const answer = await ask(service.url, { method: 'POST', uri: run, headers: bearer(key), body: '{}' });
    t.is(answer.status, 503, url);
    t.regex(service.logText(), message);
  }
});
