import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { readPrefectAddress } from '../../src/prefect/prefect-address.ts';
import { ask, bearer, startService } from '../support/service/service.ts';

test('without API_SERVICE_URL there is no Prefect to ask', (t) => {
  t.is(readPrefectAddress(undefined, '/api'), undefined);
});

test('the path of API_SERVICE_URL is that of the API, and API_BASE_PATH where there is none', (t) => {
  for (const [url, api] of [
    ['http://prefect:4200', 'http://prefect:4200/custom-api'],
    ['http://prefect:4200/', 'http://prefect:4200/custom-api'],
    ['http://prefect:4200/api', 'http://prefect:4200/api'],
    ['http://prefect:4200/team/api//', 'http://prefect:4200/team/api'],
    ['https://[::1]:8443/api', 'https://[::1]:8443/api'],
    ['https://PREFECT.example.com', 'https://prefect.example.com/custom-api'],
  ] as const) {
    const address = readPrefectAddress(url, '/custom-api');
    t.deepEqual(address, { origin: new URL(url).origin, api, graphql: url }, url);
  }
});

/** A Prefect with its API at `/hidden/api` alone; notes what it is asked. */
async function startPrefect(t: ExecutionContext) {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(`${url}`);
    answer(`${url}`, response.setHeader('Access-Control-Allow-Origin', '*'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function answer(url: string, response: ServerResponse): void {
  if (url === '/hidden/api/health') response.end('true');
  else if (url.startsWith('/hidden/api/work_pools/')) response.end('{"name": "gpu"}');
  else response.writeHead(404).end('{}');
}

test('all that the service asks of Prefect, it asks at that path', async (t) => {
  const prefect = await startPrefect(t);
  const service = await startService({ API_SERVICE_URL: `${prefect.url}/hidden/api/` });
  t.teardown(() => service.stop());
  const { key } = await service.issue('*/*[work_pool=gpu]');
  const uri = '/api/work_queues/9b7a2f60-0d5c-4d5a-8f1e-000000000001';
  await ask(service.url, { method: 'DELETE', uri, headers: bearer(key) });
  const refused = await ask(service.url, { headers: { Origin: 'https://ui.example.com' } });
  t.is(refused.headers.get('access-control-allow-origin'), '*');
  t.regex(
    await warningsOf(service.url),
    /API_SERVICE_URL has Prefect's API at \/hidden\/api, and API_BASE_PATH is \/api/,
  );
  t.deepEqual(
    prefect.asked.filter((path) => !path.startsWith('/hidden/api/')),
    ['/ui-settings'],
    'the pages are asked for beside it',
  );
  t.true(prefect.asked.includes(uri.replace('/api', '/hidden/api')));
});

/** What `/readyz` warns of, once Prefect has been asked where it lies. */
async function warningsOf(url: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { warnings } = (await (await fetch(`${url}/readyz`)).json()) as { warnings: string[] };
    if (warnings.length > 0) return warnings.join('\n');
    await sleep(100);
  }
  return '';
}
