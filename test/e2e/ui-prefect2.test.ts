import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { Browser } from 'playwright-core';
import { type Demo, startDemo } from '../demo/start-demo.ts';
import { startChromium } from '../support/browser/chromium.ts';
import { openPage } from '../support/browser/open-page.ts';
import { installPrefect, type PrefectServer, startPrefect } from '../support/servers/prefect.ts';
import { createKey } from '../support/service/create-key.ts';
import { ask, bearer } from './ask.ts';

interface Context {
  readonly folder: string;
  readonly demo: Demo<PrefectServer>;
  readonly browser: Browser;
  readonly keys: Readonly<Record<string, string>>;
  readonly deploymentId: string;
}

const test = anyTest.serial as TestFn<Context>;
const basic = (key: string) => ({ Authorization: `Basic ${Buffer.from(`alice:${key}`).toString('base64')}` });

test.before('a guarded Prefect 2, whose user interface has no form, and a deployment', async (t) => {
  t.timeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
  const prefect = await installPrefect('2.20');
  const demo = await startDemo({
    folder,
    upstream: () => startPrefect(prefect, join(folder, 'prefect')),
    nginxVariables: { NGINX_UI_SIGN_IN: 'browser' },
  });
  const post = async (path: string, body: object) =>
    JSON.parse((await ask(demo.nginx, path, { headers: bearer(demo.ownerKey), body })).text);
  const flow = await post('/api/flows/', { name: 'etl' });
  // Without an entrypoint it counts as one of an older kind, which the user interface does not run.
  const deployment = await post('/api/deployments/', { name: 'nightly', flow_id: flow.id, entrypoint: 'etl.py:etl' });
  const keys: Record<string, string> = {};
  for (const role of ['viewer', 'runner']) keys[role] = await createKey(demo.dataDir, role, { role });
  t.context = { folder, demo, browser: await startChromium(), keys, deploymentId: deployment.id };
});

test.after.always('everything stops', async (t) => {
  await t.context.browser?.close();
  await t.context.demo?.stop();
  if (t.context.folder) await rm(t.context.folder, { recursive: true, force: true });
});

for (const role of ['viewer', 'runner'] as const) {
  test(`in Prefect 2's user interface, the ${role} signs in to the browser and ${role === 'viewer' ? 'is told why no deployment may be run' : 'runs a deployment'}`, async (t) => {
    const { browser, demo, deploymentId, keys } = t.context;
    const page = await openPage(t, browser, { httpCredentials: { username: role, password: keys[role] ?? '' } });
    await page.goto(`${demo.url}/deployments/deployment/${deploymentId}`);
    await page.getByText('nightly').first().waitFor();
    const runs = await countRuns(t);
    await page.getByRole('button', { name: 'Run', exact: true }).first().click();
    const answered = page.waitForResponse((response) => response.url().endsWith('/create_flow_run'));
    await page.getByText('Quick run').click();
    await answered;
    if (role === 'viewer') {
      await page.getByText('lacks the scope mutation/create_flow_run_from_deployment').first().waitFor();
    }
    t.is((await countRuns(t)) - runs, role === 'viewer' ? 0 : 1);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `prefect2-${role}.png`) });
  });
}

test('the browser is asked for a key before it gets a page', async (t) => {
  const { demo } = t.context;
  for (const path of ['/', '/dashboard', '/api/flows/filter']) {
    const { status, headers } = await ask(demo.nginx, path);
    t.is(status, 401, path);
    t.regex(headers['www-authenticate'] ?? '', /Basic realm="Prefect"/, path);
  }
});

test('what a page of another site makes the browser send has no key', async (t) => {
  const { demo, keys, deploymentId } = t.context;
  const run = (headers: Record<string, string>) =>
    ask(demo.nginx, `/api/deployments/${deploymentId}/create_flow_run`, { headers, body: {} });
  const runs = await countRuns(t);
  for (const origin of [
    'https://elsewhere.example',
    'null',
    `${demo.url}.elsewhere.example`,
    `http://${new URL(demo.url).host}`,
  ]) {
    const { status, text } = await run({ ...basic(keys.runner ?? ''), Origin: origin });
    t.is(status, 401, origin);
    t.regex(text, /missing_credential/);
  }
  t.is(await countRuns(t), runs);
  t.is((await run({ ...basic(keys.runner ?? ''), Origin: demo.url })).status, 201);
});

async function countRuns({ context: { demo, deploymentId } }: ExecutionContext<Context>): Promise<number> {
  const body = { deployments: { id: { any_: [deploymentId] } } };
  return Number((await ask(demo.nginx, '/api/flow_runs/count', { headers: bearer(demo.ownerKey), body })).text);
}
