import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import anyTest, { type TestFn } from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

const test = anyTest as TestFn<RunningService>;

test.before(async (t) => {
  t.context = await startService();
});
test.after.always((t) => t.context.stop());

const LENGTH = 4_700_000;
const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';

/** Whose keys may do nothing of what is asked, and what is asked. */
const refused = [
  ['POST', '/api/flow_runs/', 'query/*'],
  ['POST', '/api/flow_runs/', 'mutation/create_flow'],
  ['PATCH', `/api/flow_runs/${ID}`, 'query/*, mutation/create_*'],
  ['POST', `/api/deployments/${ID}/create_flow_run`, 'admin/*'],
  ['POST', `/api/deployments/${ID}/create_flow_run`, '*, !mutation/create_flow_run*'],
  ['POST', `/api/deployments/${ID}/create_flow_run/bulk`, 'role:viewer'],
  ['POST', '/api/block_documents/filter', 'mutation/*'],
  ['POST', '/api/block_documents/filter', '{"GET": ["api/*"]}'],
  ['POST', '/graphql', 'admin/*'],
  ['POST', '/graphql', '*, !*'],
  ['POST', '/graphql', 'query/*, !query/*'],
  ['POST', '/graphql', '*[deployment=etl/*]'],
  ['POST', '/graphql', '{"POST": ["graphql"]}'],
  ['POST', '/graphql', 'what does not parse'],
] as const;

for (const [method, uri, scopes] of refused) {
  test.serial(
    `${method} ${uri} with "${scopes}" is refused before its body has come, and its connection goes on`,
    async (t) => {
      const { key } = await t.context.issue(scopes);
      const socket = await open(t.context.url);
      t.teardown(() => void socket.destroy());
      socket.write(head(method, uri, key, LENGTH));
      socket.write('{"a":');
      t.regex(await nextAnswer(socket), /^HTTP\/1\.1 403 [\s\S]*insufficient_scope/);
      // What is left of the body is no request, and the next one is answered.
      socket.write('x'.repeat(LENGTH - '{"a":'.length));
      socket.write(head('GET', '/api/health', key, 0));
      t.regex(await nextAnswer(socket), /^HTTP\/1\.1 200 /);
    },
  );
}

test.serial('nobody’s body is waited for where the key is not known', async (t) => {
  for (const uri of ['/graphql', '/api/flow_runs/']) {
    const socket = await open(t.context.url);
    t.teardown(() => void socket.destroy());
    socket.write(head('POST', uri, 'nobodys', LENGTH));
    t.regex(await nextAnswer(socket), /^HTTP\/1\.1 401 [\s\S]*unknown_key/);
  }
});

test.serial('a body that does not matter is not waited for, whatever its size', async (t) => {
  const { key } = await t.context.issue('mutation/create_artifact');
  const socket = await open(t.context.url);
  t.teardown(() => void socket.destroy());
  socket.write(head('POST', '/api/artifacts/', key, 50_000_000));
  t.regex(await nextAnswer(socket), /^HTTP\/1\.1 200 /);
});

test.serial(
  'who may do nothing in Prefect may ask who they are, and one who may do something has the body read',
  async (t) => {
    const identity = JSON.stringify({ query: 'query { auth_info { tenant_id } }', variables: 'null' });
    const { key } = await t.context.issue('admin/*');
    const asked = (body: string, with_: string) =>
      ask(t.context.url, { method: 'POST', uri: '/graphql', body, headers: bearer(with_) });
    t.is((await asked(identity, key)).status, 200);
    const reader = await t.context.issue('query/flow');
    const large = JSON.stringify({ query: '{ flow { id } }', variables: { padding: 'x'.repeat(1_000_000) } });
    t.is((await asked(large, reader.key)).status, 200);
    t.is((await asked(large, key)).status, 403);
  },
);

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

function head(method: string, uri: string, key: string, length: number): string {
  const lines = [
    `${length === 0 ? 'GET' : 'POST'} /auth HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${key}`,
    `X-Original-Method: ${method}`,
    `X-Original-URI: ${uri}`,
    ...(length === 0
      ? []
      : [`Content-Length: ${length}`, `X-Original-Content-Length: ${length}`, 'Content-Type: application/json']),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** One answer, which comes in one piece or a few. */
async function nextAnswer(socket: Socket): Promise<string> {
  let text = '';
  while (!isWhole(text)) {
    const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
    text += chunk;
  }
  return text;
}

function isWhole(text: string): boolean {
  const [headers = '', body] = text.split('\r\n\r\n', 2);
  const [, length] = /^content-length: (\d+)/im.exec(headers) ?? [];
  return body !== undefined && body.length === Number(length);
}
