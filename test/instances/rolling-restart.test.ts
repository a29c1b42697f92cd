import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { runLoad } from '../bench/load.ts';
import { graphqlMutation, restRead } from '../bench/requests.ts';
import { findFreePort } from '../support/process/free-port.ts';
import { startAnswering } from '../support/servers/answering.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { serverBefore } from '../support/servers/nginx-before.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startServiceProcess } from '../support/service/service-process.ts';
import { ofServer } from '../support/service/stores.ts';
import { issueKey } from './issue-key.ts';

const INSTANCES = 3;
const LOAD_SECONDS = 14;

test('a rolling restart of all instances under load loses no request, reads and mutations alike', async (t) => {
  t.timeout(120_000);
  const database = ofServer('PostgreSQL', await startPostgres());
  t.teardown(() => database.stop());
  const prefect = await startAnswering();
  t.teardown(() => prefect.stop());
  const key = await issueKey(database);
  const ports = await Promise.all(Array.from({ length: INSTANCES }, findFreePort));
  const start = async (port: number) => {
    const instance = await startServiceProcess({ ...database.settings, PORT: `${port}` });
    t.teardown(() => instance.stop());
    return instance;
  };
  const instances = await Promise.all(ports.map(start));
  const files = serverBefore(ports.map((port) => `127.0.0.1:${port}`));
  const nginx = await startNginx({ auth: '127.0.0.1:1', prefect: prefect.address, files });
  t.teardown(() => nginx.stop());

  const loads = [restRead(key), graphqlMutation(key)].map(({ path, ...request }) =>
    runLoad({ url: nginx.url + path, ...request, seconds: LOAD_SECONDS, connections: 8, pauseMs: 10 }),
  );
  await delay(1_000);
  for (const [index, port] of ports.entries()) {
    await instances[index]?.stop();
    await start(port);
    // nginx passes an instance over for a second after it has refused a connection (fail_timeout).
    await delay(1_200);
  }
  for (const { requests, failures } of await Promise.all(loads)) {
    t.true(requests > 500, `${requests} requests`);
    t.is(failures, 0, nginx.log().slice(-4_000));
  }
});
