import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { exchange, type Request } from '../nginx/exchange.ts';
import { startAnswering } from '../support/servers/answering.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { serverBefore } from '../support/servers/nginx-before.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startServiceProcess } from '../support/service/service-process.ts';
import { ofServer } from '../support/service/stores.ts';
import { issueKey } from './issue-key.ts';

const AT_ONCE = 24;

const graphql = (query: string): Request => ({
  method: 'POST',
  target: '/graphql',
  headers: ['Content-Type: application/json'],
  body: JSON.stringify({ query }),
});
const requests: readonly (readonly [string, Request])[] = [
  ['reads, asked about by GET', { method: 'GET', target: '/api/flows/x' }],
  ['mutations, asked about by POST', graphql('mutation { create_flow(input: {}) { id } }')],
  ['questions that the service answers itself', graphql('{ auth_info { tenant_id } }')],
];

for (const [what, request] of requests) {
  test(`${what}, which arrive just as an instance begins to stop, are all answered`, async (t) => {
    t.timeout(120_000);
    const database = ofServer('PostgreSQL', await startPostgres());
    t.teardown(() => database.stop());
    const prefect = await startAnswering();
    t.teardown(() => prefect.stop());
    const key = await issueKey(database);
    const stopping = await startServiceProcess(database.settings);
    t.teardown(() => stopping.stop());
    const other = await startServiceProcess(database.settings);
    t.teardown(() => other.stop());
    const files = serverBefore([stopping.address, other.address]);
    const nginx = await startNginx({ auth: '127.0.0.1:1', prefect: prefect.address, files });
    t.teardown(() => nginx.stop());
    const sendAll = () =>
      Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const headers = [...(request.headers ?? []), `Authorization: Bearer ${key}`];
          return (await exchange(nginx.httpsPort, { ...request, headers })).status;
        }),
      );
    const all200 = Array(AT_ONCE).fill(200);

    for (let round = 0; round < 3; round++) t.deepEqual(await sendAll(), all200, 'connections that stay open');
    // It hears of its end and of these requests at once.
    stopping.kill('SIGSTOP');
    stopping.kill('SIGTERM');
    const answers = sendAll();
    await delay(500);
    stopping.kill('SIGCONT');
    t.deepEqual(await answers, all200, nginx.log().slice(-3_000));
    t.is(await stopping.exited, 0);
    t.deepEqual(await sendAll(), all200, 'the other one alone');
  });
}
