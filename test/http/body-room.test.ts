import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createBodyRoom } from '../../src/http/gate/body-room.ts';
import { bodyReaderOf } from '../../src/http/gate/mirrored-body.ts';
import { ask, bearer, startService } from '../support/service/service.ts';

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

test('one key gets half of the room that the others leave, and whoever fills it keeps nobody out', (t) => {
  const room = createBodyRoom(64);
  let greedy = 0;
  while (room.take(4, 'greedy')) greedy += 4;
  t.is(greedy, 32);
  t.true(room.take(16, 'other'), 'half of what is left');
  t.false(room.take(1, 'other'));
  t.true(room.take(8, 'third'));
  t.false(room.take(1, 'greedy'), 'it has more than its share now');
  for (const [bytes, keyId] of [
    [32, 'greedy'],
    [16, 'other'],
    [8, 'third'],
  ] as const) {
    room.giveBack(bytes, keyId);
  }
  t.true(room.take(32, 'greedy'), 'all is given back');
});

/** Asks a server that begins to read the body after a while; the client has gone away by then, or goes while it is judged. */
async function leave(
  t: ExecutionContext,
  sent: number,
  readFor: (body: Buffer) => Promise<number>,
): Promise<boolean[]> {
  const LENGTH = 1_000_000;
  const room = createBodyRoom(2 * LENGTH);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const server = createServer(async (req, res) => {
    await sleep(150);
    const readBody = bodyReaderOf({ req }, room);
    await Promise.resolve(readBody?.(LENGTH, 'a', readFor)).catch(() => undefined);
    res.destroy();
    resolve();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LENGTH}\r\n\r\n${'x'.repeat(sent)}`);
  await sleep(50);
  socket.destroy();
  await ended;
  await sleep(20);
  return [room.take(LENGTH, 'a'), room.take(1, 'a')];
}

test('whoever goes away before the body is read takes no room', async (t) => {
  t.deepEqual(await leave(t, 10, async () => 1), [true, false]);
  t.deepEqual(await leave(t, 0, async () => 1), [true, false]);
  t.deepEqual(await leave(t, 1_000_000, async () => 1), [true, false]);
});

test('a body takes room for as long as it is held, whether its client is still there or not', async (t) => {
  const room = createBodyRoom(200_000);
  const { promise: held, resolve } = Promise.withResolvers<number>();
  const { promise: asked, resolve: answer } = Promise.withResolvers<unknown>();
  const server = createServer((req) => answer(bodyReaderOf({ req }, room)?.(100_000, 'a', () => held)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
  const reading = asked.then((read) => read);
  await sleep(100);
  socket.destroy();
  await sleep(50);
  t.false(room.take(1, 'a'), 'the client is gone, its body is not');
  resolve(1);
  t.is(await reading, 1);
  t.true(room.take(100_000, 'a'));
});
