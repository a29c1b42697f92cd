import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { ask, bearer, startService } from '../support/service.ts';

const MEGABYTE = 1024 * 1024;
/** More of the largest than there is room for. */
const MOST = 40;

test('bodies that are being read take so much memory together and no more; what there is no room for is told to come again', async (t) => {
  const service = await startService();
  t.teardown(() => service.stop());
  const { key } = await service.issue('mutation/create_flow_run');
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    t.teardown(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(
      `POST /auth HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nX-Original-Method: POST\r\n` +
        `X-Original-URI: /api/flow_runs/\r\nContent-Length: ${5 * MEGABYTE}\r\n\r\n{`,
    );
    return socket;
  };
  const run = (body: string) =>
    ask(service.url, { method: 'POST', uri: '/api/flow_runs/', body, headers: bearer(key) });
  const large = JSON.stringify({ padding: 'x'.repeat(4.5 * MEGABYTE) });
  t.is((await run(large)).status, 200);
  const isFull = async () => /Too many large/.test(`${(await run(large)).headers.get('x-auth-reason')}`);
  const filling: Socket[] = [];
  while (filling.length < MOST && !(await isFull())) {
    filling.push(await open());
    // Answered after the one that waits for its body has taken its room.
    await run('{}');
  }
  const refused = await run(large);
  t.is(refused.status, 503);
  t.regex(`${refused.headers.get('x-auth-reason')}`, /^store_unavailable; Too many large requests/);
  t.truthy(refused.headers.get('retry-after'));
  t.is((await run('{}')).status, 200, 'small ones go on');
  for (const socket of filling) socket.destroy();
  for (let tries = 0; tries < 50 && (await isFull()); tries++);
  t.is((await run(large)).status, 200, 'whoever goes away takes no room');
});
