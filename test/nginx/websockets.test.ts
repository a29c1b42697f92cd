import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { allowed, type Gate, layouts, startGate } from './gate.ts';

/** Opens a WebSocket through nginx; resolves to it, or to the status and body of the refusal. */
async function handshake(t: ExecutionContext, { nginx }: Gate, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${nginx.url.replace('https', 'wss')}${path}`, ['prefect'], {
    rejectUnauthorized: false,
    headers,
  });
  t.teardown(() => socket.terminate());
  return new Promise<WebSocket | { status: number | undefined; body: string }>((resolve, reject) => {
    socket.on('open', () => resolve(socket)).on('error', reject);
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode, body });
    });
  });
}

for (const layout of layouts) {
  test(`${layout}: an allowed WebSocket opens and carries what is sent both ways`, async (t) => {
    const gate = await startGate(t, layout);
    gate.auth.reply = () => allowed;
    const headers = { authorization: 'Bearer k', 'x-auth-user': 'admin', cookie: 'a=b' };
    const socket = await handshake(t, gate, '/api/events/in', headers);
    if (!(socket instanceof WebSocket)) return t.fail(JSON.stringify(socket));
    socket.send('hello');
    t.is(`${(await once(socket, 'message'))[0]}`, 'hello');
    t.like(gate.auth.arrivals[0]?.headers, {
      upgrade: 'websocket',
      'x-original-uri': '/api/events/in',
      authorization: 'Bearer k',
    });
    const [arrival] = gate.prefect.arrivals;
    t.like(arrival?.headers, { 'sec-websocket-protocol': 'prefect', 'x-auth-user': 'alice' });
    t.deepEqual([arrival?.headers.authorization, arrival?.headers.cookie], [undefined, undefined]);
  });

  test(`${layout}: a refused WebSocket does not arrive, whatever its path`, async (t) => {
    const gate = await startGate(t, layout);
    for (const path of [
      '/api/events/in',
      '/api/events/out',
      '/api/logs/out',
      '/graphql',
      '/api/flow_runs/',
      '/',
      '/x/%2e%2e/api/events/in',
      '/v2/events',
    ]) {
      const refusal = await handshake(t, gate, path);
      t.like(refusal, { status: 401, body: '{"detail": "missing_credential; send a key"}' }, path);
    }
    await gate.auth.stop();
    t.like(await handshake(t, gate, '/api/events/in', { authorization: 'Bearer k' }), { status: 503 });
    t.deepEqual(gate.prefect.arrivals, []);
  });
}

test('no other protocol is upgraded to, and the service is told of none', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  auth.reply = () => allowed;
  for (const upgrade of ['h2c', 'websocket, h2c', 'TLS/1.0']) {
    await send({
      target: '/api/flows/1',
      headers: ['Connection: Upgrade, HTTP2-Settings', `Upgrade: ${upgrade}`, 'HTTP2-Settings: AAMAAABkAAQ'],
    });
    t.is(auth.arrivals.pop()?.headers.upgrade, undefined);
    const arrival = prefect.arrivals.pop();
    t.deepEqual([arrival?.headers.upgrade, arrival?.headers.connection], [undefined, undefined]);
  }
});
