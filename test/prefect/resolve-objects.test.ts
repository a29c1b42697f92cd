import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { readPrefectAddress } from '../../src/prefect/prefect-address.ts';
import { createObjectResolver } from '../../src/prefect/resolve-objects.ts';
import { createReadingThread } from '../../src/reading/reading-thread.ts';
import { defaultGraphqlBounds } from '../../src/requests/graphql/graphql-bounds.ts';
import { collectedHeapBytes } from '../support/process/heap.ts';

const MEGABYTE = 1_000_000;
const thread = createReadingThread({
  apiBasePath: '/api',
  uiBasePath: '',
  isOpenapiPublic: false,
  graphql: defaultGraphqlBounds,
});
test.after.always(() => thread.close());
const resolverOf = (url: string) =>
  createObjectResolver({ prefect: readPrefectAddress(url, '/api'), readNames: thread.readNames });

/** A Prefect whose answers are what `answer` says. */
async function startPrefect(
  t: ExecutionContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const idOf = (at: number) => `9b7a2f60-0d5c-4d5a-8f1e-${at.toString(16).padStart(12, '0')}`;

/** Deployments with a schema of some megabytes, each of its own flow. */
const large = (bytes: number) => (request: IncomingMessage, response: ServerResponse) => {
  const [, kind, id] = /^\/api\/(\w+)\/(.*)$/.exec(`${request.url}`) ?? [];
  const named = kind === 'flows' ? { id, name: `flow ${id}` } : { id, name: `deployment ${id}`, flow_id: id };
  response.end(JSON.stringify({ ...named, description: 'x'.repeat(bytes) }));
};

test.serial('of large answers the names are kept and nothing else', async (t) => {
  const { url, asked } = await startPrefect(t, large(5 * MEGABYTE));
  const resolve = resolverOf(url);
  const before = await collectedHeapBytes();
  for (let at = 0; at < 12; at++) {
    const objects = await resolve([{ kind: 'deployment', id: idOf(at) }], true);
    t.deepEqual(objects, [{ kind: 'deployment', name: `flow ${idOf(at)}/deployment ${idOf(at)}`, id: idOf(at) }]);
  }
  const grown = (await collectedHeapBytes(before + 5 * MEGABYTE)) - before;
  t.true(grown < 5 * MEGABYTE, `${grown} bytes`);
  t.is(asked.length, 24);
  await resolve([{ kind: 'deployment', id: idOf(11) }], true);
  t.is(asked.length, 24, 'what is known is not asked again');
});

test.serial('an answer that is longer than anything with a name has none, and is not asked for again', async (t) => {
  const { url, asked } = await startPrefect(t, large(17 * MEGABYTE));
  const resolve = resolverOf(url);
  for (let time = 0; time < 2; time++) t.deepEqual(await resolve([{ kind: 'deployment', id: idOf(0) }], false), []);
  t.is(asked.length, 1);
});

test.serial('long names are none, and many short ones do not fill the memory', async (t) => {
  const name = { long: 'x'.repeat(5_000), short: 'ж'.repeat(4_000) };
  const { url } = await startPrefect(t, (request, response) =>
    response.end(JSON.stringify({ work_pool_name: `${request.url}`.endsWith('f') ? name.long : name.short })),
  );
  const resolve = resolverOf(url);
  const poolOf = async (at: number) => (await resolve([{ kind: 'work_queue', id: idOf(at) }], false)).length;
  t.deepEqual([await poolOf(15), await poolOf(14)], [0, 1]);
  const before = await collectedHeapBytes();
  for (let at = 1; at <= 6_000; at += 20) await Promise.all(Array.from({ length: 20 }, (_, more) => poolOf(at + more)));
  const grown = (await collectedHeapBytes(before + 25 * MEGABYTE)) - before;
  t.true(grown < 25 * MEGABYTE, `${grown} bytes`);
  t.is(await poolOf(14), 1, 'all of it is still there');
});

for (const [what, body] of Object.entries({ 'no JSON': '<html>', 'much that is no JSON': `<${'x'.repeat(100_000)}` })) {
  test.serial(`what answers with ${what} is not Prefect, and the next answer counts`, async (t) => {
    let isPrefect = false;
    const { url } = await startPrefect(t, (request, response) =>
      isPrefect ? large(100_000)(request, response) : response.end(body),
    );
    const resolve = resolverOf(url);
    await t.throwsAsync(resolve([{ kind: 'deployment', id: idOf(0) }], false));
    isPrefect = true;
    t.is((await resolve([{ kind: 'deployment', id: idOf(0) }], false)).length, 1);
  });
}

for (const body of ['null', '[]', '"x"', '{}', '{"name": 1, "block_type": null}', '{"name": ""}']) {
  test.serial(`an answer without a name has none: ${body}`, async (t) => {
    const { url } = await startPrefect(t, (_, response) => response.end(body));
    const resolve = resolverOf(url);
    t.deepEqual(await resolve([{ kind: 'block', id: idOf(0) }], true), []);
  });
}
