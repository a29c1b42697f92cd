import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { startChromium } from '../browser/chromium.ts';
import { baseEnvironment, runProgram } from '../process/child-process.ts';
import type { PrefectInstallation } from '../servers/prefect.ts';

/** Paths of Prefect's own pages: `*` stands for one segment, or what stands before the suffix of a file. */
export interface PrefectPages {
  readonly files: readonly string[];
  readonly pages: readonly string[];
}

const placeholder = '/PREFECT_UI_SERVE_BASE_REPLACE_PLACEHOLDER';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const settings = { api_url: '/api', csrf_enabled: false, auth: null, flags: [], v1_base_url: '/', v2_base_url: '/v2' };

/** What an installed Prefect serves beside its API: the files of each of its user interfaces, and the routes of their routers. */
export async function readPrefectPages(prefect: PrefectInstallation): Promise<PrefectPages> {
  const folders = (await findFolders(prefect)).filter((folder) => existsSync(join(folder, 'index.html')));
  const read = await Promise.all(folders.map(readFolder));
  const merge = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())].sort();
  return { files: merge(read.map(({ files }) => files)), pages: merge(read.map(({ pages }) => pages)) };
}

/** Of v1 and v2, where there is one. */
async function findFolders(prefect: PrefectInstallation): Promise<string[]> {
  const script =
    'import prefect; print("\\n@".join(["", *(str(getattr(prefect, name, "")) for name in ("__ui_static_path__", "__ui_v2_static_path__"))]))';
  const { output } = await runProgram(prefect.program('python'), ['-c', script], { env: baseEnvironment('/tmp') });
  return output.split('\n').flatMap((line) => (line.startsWith('@') ? [line.slice(1)] : []));
}

async function readFolder(folder: string): Promise<PrefectPages> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
  // The names of built files change with every release; those at the root do not.
  const files = names.map((name) => name.replace(/^(\/.*\/)[^/]*(\.[a-z0-9]+)$/, '$1*$2'));
  const links = readFileSync(join(folder, 'index.html'), 'utf8').matchAll(/href="(\/[a-z-]+\.[a-z]+)"/g);
  return { files: [...files, ...[...links].map(([, link = '']) => link)], pages: await askRouter(folder) };
}

/** The routes that the pages' own router has, once it runs in a browser. */
async function askRouter(folder: string): Promise<string[]> {
  const server = createServer(({ url = '/' }, response) => serve(folder, url.split('?', 1)[0] ?? '', response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(routesOf);
    const routes = (await page.evaluate(routesOf)) as string[];
    return routes.filter((route) => !route.includes('*')).map((route) => route.replaceAll(/(?<=\/)[:$]\w+/g, '*'));
  } finally {
    await browser.close();
    server.close();
  }
}

/** In the page: Vue Router in v1, TanStack Router in v2. */
const routesOf = `(() => {
  const vue = document.querySelector('#app')?.__vue_app__?.config.globalProperties.$router;
  const routes = vue ? vue.getRoutes().map(({ path }) => path) : Object.keys(window.__TSR_ROUTER__?.routesByPath ?? {});
  return routes.length > 0 && routes;
})()`;

/** As Prefect serves them, with an API that knows nothing. */
function serve(folder: string, path: string, response: ServerResponse): void {
  if (path === '/ui-settings') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(settings));
    return;
  }
  if (path.startsWith('/api')) {
    response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"detail": "Not found"}');
    return;
  }
  const file = join(folder, path);
  const served = existsSync(file) && statSync(file).isFile() ? file : join(folder, 'index.html');
  const type = types[extname(served)];
  const content = readFileSync(served);
  response
    .writeHead(200, { 'Content-Type': type ?? 'application/octet-stream' })
    .end(type === undefined ? content : content.toString().replaceAll(placeholder, ''));
}
