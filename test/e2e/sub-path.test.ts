import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { Browser } from 'playwright-core';
import { WebSocket } from 'ws';
import { type Demo, startDemo } from '../demo/start-demo.ts';
import { startChromium } from '../support/browser/chromium.ts';
import { openPage } from '../support/browser/open-page.ts';
import { installPrefect, type PrefectServer, startPrefect } from '../support/servers/prefect.ts';
import { ask, bearer } from './ask.ts';

interface Context {
  readonly folder: string;
  readonly demo: Demo<PrefectServer>;
  readonly browser: Browser;
}

const test = anyTest.serial as TestFn<Context>;
const base = '/prefect';

test.before('a guarded Prefect 3 below a path of its own', async (t) => {
  t.timeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
  const prefect = await installPrefect();
  const settings = {
    PREFECT_UI_SERVE_BASE: `${base}/`,
    PREFECT_UI_API_URL: `${base}/api`,
    PREFECT_SERVER_API_BASE_PATH: `${base}/api`,
    PREFECT_UI_STATIC_DIRECTORY: join(folder, 'pages'),
  };
  const demo = await startDemo({
    folder,
    upstream: () => startPrefect(prefect, join(folder, 'prefect'), settings),
    serviceSettings: { API_BASE_PATH: `${base}/api` },
    nginxVariables: { NGINX_UI_BASE_PATH: `${base}/` },
  });
  t.context = { folder, demo, browser: await startChromium() };
});

test.after.always('everything stops', async (t) => {
  await t.context.browser?.close();
  await t.context.demo?.stop();
  if (t.context.folder) await rm(t.context.folder, { recursive: true, force: true });
});

for (const version of ['v1', 'v2']) {
  test(`below a path, the pages of ${version} ask for a key and work with it`, async (t) => {
    const { browser, demo } = t.context;
    const page = await openPage(t, browser, { chosen: { url: demo.url, version } });
    await page.goto(`${demo.url}${base}/`);
    const password = page.locator('input[type=password]');
    await password.waitFor({ timeout: 30_000 }).catch(() => page.reload());
    await password.fill(`olivia:${demo.ownerKey}`);
    await page.keyboard.press('Enter');
    await page.getByText('Run a task or flow to get started').first().waitFor();
    const path = version === 'v2' ? `${base}/v2/deployments` : `${base}/deployments`;
    await page.goto(`${demo.url}${path}`); // a page that is reloaded, or linked to
    await page.getByText('Deployments').first().waitFor();
    t.is(new URL(page.url()).pathname.replace(/\/$/, ''), path);
  });
}

test('below a path, the API and its WebSockets are asked about, and nothing is at the root', async (t) => {
  const { demo } = t.context;
  const filter = { body: {} };
  t.is((await ask(demo.nginx, `${base}/api/flows/filter`, filter)).status, 401);
  t.is((await ask(demo.nginx, `${base}/api/flows/filter`, { ...filter, headers: bearer(demo.ownerKey) })).status, 200);
  t.is((await ask(demo.nginx, `${base}/api/health`)).status, 200);
  for (const path of ['/', '/dashboard', '/ui-settings', '/api/health', '/api/flows/filter'])
    t.is((await ask(demo.nginx, path)).status, 401, path);
  t.is(await openSocket(t), 401);
  t.is(await openSocket(t, bearer(demo.ownerKey)), 101);
});

function openSocket(t: ExecutionContext<Context>, headers: Record<string, string> = {}) {
  return new Promise<number | undefined>((resolve) => {
    const url = `${t.context.demo.url.replace('https', 'wss')}${base}/api/events/in`;
    const socket = new WebSocket(url, { rejectUnauthorized: false, headers });
    t.teardown(() => socket.terminate());
    socket.on('error', () => {}); // `terminate` says so when it is not open
    socket.on('open', () => resolve(101)).on('unexpected-response', (_, response) => resolve(response.statusCode));
  });
}
