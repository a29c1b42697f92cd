import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startDemo } from '../demo/start-demo.ts';
import { readPage, readPages } from '../support/documentation.ts';
import { installPrefect, startPrefect } from '../support/servers/prefect.ts';
import { createKey } from '../support/service/create-key.ts';
import { createPrefectClient, type PrefectClient } from './prefect-client.ts';

type Run = (client: PrefectClient) => Promise<{ readonly status: number | null; readonly output: string }>;
const prefect =
  (...words: string[]): Run =>
  (client) =>
    client.prefect(...words);
const script =
  (name: string, ...words: string[]): Run =>
  (client) =>
    client.run(name, ...words);

/** Every scopes example of the documentation, with what its key does with a real client, and what it is refused. */
const examples: readonly { readonly scopes: string; readonly may: readonly Run[]; readonly mayNot: readonly Run[] }[] =
  [
    {
      scopes: 'query/* mutation/create_flow_run_from_deployment',
      may: [prefect('deployment', 'ls'), prefect('deployment', 'run', 'etl/daily'), prefect('flow-run', 'ls')],
      mayNot: [
        prefect('work-pool', 'pause', 'gpu-1'),
        prefect('--no-prompt', 'work-pool', 'create', '-t', 'process', 'x'),
      ],
    },
    {
      scopes:
        'query/read_deployment*[deployment=etl/*] query/read_flow mutation/create_flow_run_from_deployment[deployment=etl/*]',
      may: [prefect('deployment', 'run', 'etl/daily')],
      mayNot: [prefect('deployment', 'run', 'web/daily'), prefect('deployment', 'ls')],
    },
    {
      scopes: 'query/read_block_*[block=secret/warehouse-*]',
      may: [script('load_secret.py', 'warehouse-eu')],
      mayNot: [script('load_secret.py', 'vault')],
    },
    {
      scopes: '*/*[work_pool=gpu-*]',
      may: [prefect('work-pool', 'inspect', 'gpu-1'), prefect('work-pool', 'pause', 'gpu-1')],
      mayNot: [prefect('work-pool', 'inspect', 'cpu-1'), prefect('work-pool', 'ls')],
    },
    {
      scopes: '{"GET": ["api/flows/*"], "POST": ["api/flows/filter"]}',
      may: [prefect('flow', 'ls')],
      mayNot: [prefect('deployment', 'ls')],
    },
  ];

test('every scopes example of the documentation is run here', (t) => {
  const documentation = readPages();
  const [, limits = ''] = /^```scopes\n([\s\S]*?)\n```$/m.exec(documentation) ?? [];
  const helps = ['src/cli/keys-create.ts', 'src/cli/accounts.ts', 'src/cli/scopes-options.ts'].map(readPage);
  const commands = [documentation, ...helps].flatMap((text) =>
    [...text.matchAll(/(?:--scopes|e\.g\.) "([^"]+)"/g)].map(([, scopes]) => scopes),
  );
  const [, paths] = /The JSON form\n`(\{.*?\})`/.exec(documentation) ?? [];
  const documented = new Set([...limits.split('\n'), ...commands, paths]);
  t.deepEqual([...documented].sort(), examples.map(({ scopes }) => scopes).sort());
});

for (const version of ['3', '2.20']) {
  test.serial(`each scopes example does with a client of Prefect ${version} what it is for, and no more`, async (t) => {
    t.timeout(600_000);
    const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const installation = await installPrefect(version);
    const server = await startPrefect(installation, join(folder, 'prefect'));
    const demo = await startDemo({
      folder,
      upstream: async () => server,
      serviceSettings: { API_SERVICE_URL: `http://${server.address}` },
    });
    t.teardown(demo.stop);
    const createClient = (name: string, key: string) =>
      createPrefectClient(installation, join(folder, name), demo.nginx, {
        PREFECT_API_URL: `https://${name}:${key}@${new URL(demo.url).host}/api`,
        PREFECT_UI_URL: demo.url,
      });
    const create = async (path: string, body: object): Promise<string> => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`http://${server.address}/api${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return ((await answer.json()) as { id: string }).id;
    };
    for (const name of ['gpu-1', 'cpu-1']) await create('/work_pools/', { name, type: 'process' });
    for (const name of ['etl', 'web']) {
      const flow_id = await create('/flows/', { name });
      await create('/deployments/', {
        name: 'daily',
        flow_id,
        work_pool_name: 'gpu-1',
        parameter_openapi_schema: { type: 'object', properties: {} },
        entrypoint: 'a.py:b',
        path: '.',
      });
    }
    const owner = await createClient('owner', demo.ownerKey);
    const saved = await owner.run('save_secrets.py', 'vault', 'warehouse-eu');
    t.is(saved.status, 0, saved.output);

    for (const [index, { scopes, may, mayNot }] of examples.entries()) {
      const user = `example${index}`;
      const client = await createClient(user, await createKey(demo.dataDir, user, { scopes }));
      for (const run of may) {
        const { status, output } = await run(client);
        t.is(status, 0, `${scopes}\n${output}`);
      }
      for (const run of mayNot) {
        const { status, output } = await run(client);
        t.not(status, 0, scopes);
        t.regex(output, /insufficient_scope|403/, scopes);
      }
    }
  });
}
