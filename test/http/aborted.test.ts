import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { ask } from '../support/service/service.ts';
import { startServiceProcess } from '../support/service/service-process.ts';

const ABORTS = 100;
const HEAD = 'GET /auth HTTP/1.1\r\nHost: localhost\r\nX-Original-URI: /api/flows/x\r\n';
const REQUESTS = {
  'before they are answered': `${HEAD}X-Original-Method: GET\r\n\r\n`,
  'within their body': `${HEAD}X-Original-Method: POST\r\nContent-Length: 10\r\n\r\nab`,
};

for (const [when, request] of Object.entries(REQUESTS)) {
  test(`clients that go away ${when} are no fault, and fill no log`, async (t) => {
    const service = await startServiceProcess({ LOG_LEVEL: 'error' });
    t.teardown(() => service.stop());
    const before = service.output().length;
    for (let count = 0; count < ABORTS; count++) {
      const socket = connect(service.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(request);
      // Sometimes the service has begun, sometimes not.
      await delay(count % 3);
      socket.resetAndDestroy();
    }
    t.is((await ask(service.url, {})).status, 401, 'it goes on');
    await delay(200);
    const lines = service.output().slice(before).split('\n').filter(Boolean);
    const others = lines.filter((line) => !line.includes('PREFECT_AUDIT_TRAIL'));
    t.deepEqual(others, []);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    t.notRegex(metrics, /outcome="fault"/);
  });
}
