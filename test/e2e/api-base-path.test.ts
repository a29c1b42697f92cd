import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import anyTest, { type TestFn } from 'ava';
import { apiTargets } from '../support/prefect/api-targets.ts';
import { createPrefectObjects } from '../support/prefect/prefect-objects.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { installPrefect, type PrefectServer, startPrefect } from '../support/servers/prefect.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { ask, bearer, handshake, type Question } from './ask.ts';
import { createPrefectClient, customHeaders } from './prefect-client.ts';

interface Gate {
  readonly nginx: Nginx;
  readonly service: RunningService;
}

interface Context {
  readonly folder: string;
  readonly prefect: PrefectServer;
  /** Whether the gate is told where the API lies. */
  readonly gates: Readonly<Record<'told' | 'not told', Gate>>;
}

const test = anyTest.serial as TestFn<Context>;
const base = '/custom-api';

async function startGate({ address }: PrefectServer, settings: Readonly<Record<string, string>>): Promise<Gate> {
  const service = await startService({ API_SERVICE_URL: `http://${address}`, ...settings });
  return { service, nginx: await startNginx({ auth: new URL(service.url).host, prefect: address }) };
}

test.before('a Prefect 3 with its API at a path of its own, and secrets in it', async (t) => {
  t.timeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
  const prefect = await startPrefect(await installPrefect(), join(folder, 'prefect'), {
    PREFECT_SERVER_API_BASE_PATH: base,
    PREFECT_UI_API_URL: base,
    PREFECT_UI_STATIC_DIRECTORY: join(folder, 'pages'),
  });
  await createPrefectObjects(`http://${prefect.address}${base}`);
  const gates = {
    told: await startGate(prefect, { API_BASE_PATH: base }),
    'not told': await startGate(prefect, {}),
  };
  t.context = { folder, prefect, gates };
});

test.after.always('everything stops', async (t) => {
  const { folder, gates, prefect } = t.context;
  for (const { nginx, service } of Object.values(gates ?? {})) {
    await nginx.stop();
    await service.stop();
  }
  await prefect?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

for (const which of ['told', 'not told'] as const) {
  test(`${which} where the API lies, the gate lets nothing of it through without a key`, async (t) => {
    const { prefect, gates } = t.context;
    const { nginx } = gates[which];
    const isPublic = (path: string) => which === 'told' && [`${base}/health`, `${base}/ready`].includes(path);
    // By which a request is known again in Prefect's log.
    const mark = `asked-of-gate=${which.replace(' ', '-')}`;
    const questions: (readonly [path: string, question?: Question])[] = [
      ...apiTargets(base).map((path) => [path] as const),
      ...(await readRoutes(prefect)),
      [`${base}/block_documents/filter`, { body: { include_secrets: true } }],
      [`${base}/flows/`, { body: { name: 'x' } }],
      [`${base}/admin/database/clear`, { body: { confirm: true } }],
      ...['events/in', 'events/out', 'logs/out', 'flow-runs/scheduled/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f'].map(
        (path) => [`${base}/${path}`, { headers: handshake }] as const,
      ),
      ['/docs'],
      ['/openapi.json'],
    ];
    t.true(questions.filter(([path]) => path.startsWith(base)).length > 250);
    for (const [path, question] of questions.filter(([each]) => !isPublic(each))) {
      for (const headers of [{}, bearer('pfa_0123456789abcdefghijABCDEFGHIJ01234567')]) {
        const { status, text } = await ask(nginx, `${path}?${mark}`, {
          ...question,
          headers: { ...question?.headers, ...headers },
        });
        t.true(status === 401 || status === 429, `${status} ${path}`);
        t.is(typeof JSON.parse(text).detail, 'string', path);
      }
    }
    t.deepEqual(
      (await prefect.arrivals()).filter((arrival) => arrival.includes(mark)),
      [],
    );
  });
}

test('not told where the API lies, the gate says so loudly, and takes a key for nothing there but a wildcard', async (t) => {
  const { nginx, service } = t.context.gates['not told'];
  const problem =
    /does not serve its API at \/api, where API_SERVICE_URL and API_BASE_PATH say\. Prefect's pages look for its API at \/custom-api, and API_BASE_PATH is \/api\..*Let PREFECT_SERVER_API_BASE_PATH, PREFECT_UI_API_URL and API_BASE_PATH say the same\./;
  t.regex((await warningsOf(service)).join('\n'), problem);
  const said = service.log().filter(({ msg }) => problem.test(`${msg}`));
  t.like(said, [{ level: 50, subject: 'API_BASE_PATH' }]);
  t.is(said.length, 1);
  for (const scopes of ['role:viewer', 'role:developer', 'query/read_flows', 'mutation/create_flow']) {
    const { key } = await service.issue(scopes);
    const { status, text } = await ask(nginx, `${base}/flows/filter`, { headers: bearer(key), body: {} });
    t.is(status, 403, scopes);
    t.regex(text, /insufficient_scope/);
  }
  const { key } = await service.issue('*');
  t.is((await ask(nginx, `${base}/flows/filter`, { headers: bearer(key), body: {} })).status, 200);
});

test('told where the API lies, the gate warns of nothing, and gives each key what it has', async (t) => {
  const { gates, folder } = t.context;
  const { nginx, service } = gates.told;
  for (const path of ['/health', '/ready']) t.is((await ask(nginx, base + path)).status, 200);
  const viewer = bearer((await service.issue('role:viewer')).key);
  t.is((await ask(nginx, `${base}/flows/filter`, { headers: viewer, body: {} })).status, 200);
  for (const [path, body] of [
    ['/flows/', { name: 'x' }],
    ['/block_documents/filter', { include_secrets: true }],
    ['/admin/database/clear', { confirm: true }],
  ] as const)
    t.is((await ask(nginx, base + path, { headers: viewer, body })).status, 403, path);
  t.is((await ask(nginx, '/api/flows/filter', { headers: viewer, body: {} })).status, 403, 'there is no API');
  const owner = await service.issue('role:owner');
  const client = await createPrefectClient(await installPrefect(), join(folder, 'owner'), nginx, {
    ...customHeaders(owner.key),
    PREFECT_API_URL: `${nginx.url}${base}`,
  });
  const { status, output } = await client.run('three_tasks.py');
  t.is(status, 0, output);
  t.deepEqual(await warningsOf(service, 0), []);
});

/** Every route that Prefect documents, with an empty body where it takes one; it writes them without the path of the API. */
async function readRoutes({ address }: PrefectServer): Promise<(readonly [path: string, question: Question])[]> {
  const { paths } = (await (await fetch(`http://${address}/openapi.json`)).json()) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((name) => {
      const method = name.toUpperCase();
      const target = base + path.replaceAll(/\{\w+\}/g, '0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f');
      return [target, method === 'GET' ? { method } : { method, body: {} }] as const;
    }),
  );
}

/** What `/readyz` warns of, once there are that many. */
async function warningsOf({ url }: RunningService, least = 1): Promise<string[]> {
  for (;;) {
    const { warnings } = (await (await fetch(`${url}/readyz`)).json()) as { warnings: string[] };
    if (warnings.length >= least) return warnings;
    await sleep(100);
  }
}
