import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { startNginx } from '../support/servers/nginx.ts';
import { startService } from '../support/service/service.ts';
import { exchange } from './exchange.ts';

/** A Prefect that says of origins what Starlette's CORSMiddleware says, and counts how often it is asked. */
async function start(t: ExecutionContext, allows: (origin: string) => Record<string, string>) {
  let asked = 0;
  const prefect = createServer(({ headers, url }, response) => {
    if (url === '/api/health') asked++;
    response.writeHead(200, { 'Content-Type': 'application/json', ...allows(`${headers.origin}`) }).end('true');
  }).listen(0, '127.0.0.1');
  await once(prefect, 'listening');
  const address = `127.0.0.1:${(prefect.address() as AddressInfo).port}`;
  const service = await startService({ API_SERVICE_URL: `http://${address}` });
  const nginx = await startNginx({ auth: new URL(service.url).host, prefect: address });
  t.teardown(async () => {
    await Promise.all([nginx.stop(), service.stop()]);
    prefect.close();
    prefect.closeAllConnections();
  });
  await fetch(`${service.url}/healthz`);
  const send = (target: string, origin?: string, headers: readonly string[] = []) =>
    exchange(nginx.httpsPort, {
      method: 'POST',
      target,
      headers: [...(origin === undefined ? [] : [`Origin: ${origin}`]), 'Content-Type: application/json', ...headers],
      body: '{}',
    });
  return { send, asked: () => asked };
}

const ui = 'https://ui.example.com:8443';
const targets = ['/api/flows/filter', '/api/flow_runs/', '/graphql', '/elsewhere'];

test('a refusal can be read by the pages of an origin that Prefect allows, and of no other', async (t) => {
  const { send, asked } = await start(t, (origin) =>
    origin === ui
      ? { 'Access-Control-Allow-Origin': ui, 'Access-Control-Allow-Credentials': 'true', Vary: 'Origin' }
      : {},
  );
  for (const target of targets) {
    const answer = await send(target, ui);
    t.is(answer.status, 401, target);
    t.is(answer.headers.get('access-control-allow-origin'), ui, target);
    t.is(answer.headers.get('access-control-allow-credentials'), 'true', target);
    t.regex(answer.headers.get('vary') ?? '', /Origin/, target);
    t.is(typeof JSON.parse(answer.body).detail, 'string');
    const malformed = await send(target, ui, ['Authorization: Bearer pfa_unknown']);
    t.is(malformed.headers.get('access-control-allow-origin'), ui);
  }
  const before = asked();
  for (const origin of [
    'https://elsewhere.example',
    `${ui}.elsewhere.example`,
    'null',
    'https://ui.example.com',
    '*',
    '"',
    undefined,
  ]) {
    for (const target of targets) {
      const answer = await send(target, origin);
      t.is(answer.status, 401);
      t.is(answer.headers.get('access-control-allow-origin'), null, origin);
    }
  }
  t.true(asked() - before <= 3, `${asked() - before} questions: once for each origin that could be one`);
});

test('a Prefect that allows every origin has its refusals read by every one', async (t) => {
  const { send } = await start(t, () => ({ 'Access-Control-Allow-Origin': '*' }));
  const answer = await send('/api/flows/filter', ui);
  t.is(answer.headers.get('access-control-allow-origin'), '*');
  t.is(answer.headers.get('access-control-allow-credentials'), null);
});

test('what Prefect says of another origin than the one that asks allows nothing', async (t) => {
  const { send } = await start(t, () => ({ 'Access-Control-Allow-Origin': 'https://other.example' }));
  t.is((await send('/api/flows/filter', ui)).headers.get('access-control-allow-origin'), null);
});
