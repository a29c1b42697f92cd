import { Agent, request } from 'node:http';
import anyTest, { type TestFn } from 'ava';
import fc from 'fast-check';
import { bodies, runAsApollo } from '../requests/graphql/graphql-bodies.ts';
import { type RunningService, startService } from '../support/service/service.ts';

const test = anyTest as TestFn<RunningService>;

test.before(async (t) => {
  t.context = await startService();
});
test.after.always((t) => t.context.stop());

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** The status that `/auth` answers a body with. */
function ask(url: string, key: string, body: Buffer): Promise<number> {
  const headers = {
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'X-Original-Method': 'POST',
    'X-Original-URI': '/graphql',
    'X-Original-Content-Length': String(body.length),
  };
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/auth`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject).end(body);
  });
}

test('10 000 mutated and random bodies: each is let in or refused, none is a fault, and no mutation passes a reader’s key', async (t) => {
  t.timeout(180_000);
  const { key } = await t.context.issue('query/*');
  const counts = new Map<number, number>();
  const sample = fc.sample(bodies, 10_000);
  for (let at = 0; at < sample.length; at += 8) {
    await Promise.all(
      sample.slice(at, at + 8).map(async (body) => {
        const status = await ask(t.context.url, key, body);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status === 200)
          t.deepEqual(
            runAsApollo(body).filter((ran) => !ran.startsWith('query/')),
            [],
          );
      }),
    );
  }
  t.deepEqual([...counts.keys()].sort(), [200, 403]);
  t.true((counts.get(200) ?? 0) > 300, JSON.stringify([...counts]));
  t.is(await ask(t.context.url, key, Buffer.from('{"query":"{ flow }"}')), 200);
});
