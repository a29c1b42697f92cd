import { readFileSync } from 'node:fs';
import test from 'ava';
import { prefectVersions } from '../../src/requests/rest/prefect-routes.ts';
import type { Route } from '../../src/requests/rest/routes.ts';
import { withMirroredPaths } from '../support/prefect/mirrored-locations.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';

/** The locations of the drop-in that have a body mirrored: at `/api`, and below a sub-path. */
const locations = [
  ...readFileSync(new URL('../../nginx/prefect-auth/locations.conf', import.meta.url), 'utf8').matchAll(
    /location ~ "([^"]+)" \{\s*include prefect-auth\/api-body\.conf;/g,
  ),
].map(([, expression = '']) => new RegExp(expression));

const routes = Object.values(prefectVersions).flat();

function paths(path: string): string[] {
  const plain = path.replaceAll(/\{\w*id(?::uuid)?\}/g, ID).replaceAll(/\{\w+\}/g, 'a name');
  return [plain, plain.endsWith('/') ? plain.slice(0, -1) : `${plain}/`, plain.replaceAll(ID, ID.replaceAll('-', ''))];
}

test('nginx has the body mirrored of every route whose body counts', (t) => {
  t.is(locations.length, 2);
  const [atRoot, below] = locations;
  for (const path of new Set(routes.filter(({ body }) => body !== undefined).flatMap((route) => paths(route.path)))) {
    t.regex(`/api${path}`, atRoot as RegExp);
    t.regex(`/prefect/api${path}`, below as RegExp);
  }
});

test('the locations are what generate-mirrored.ts makes of the routes, and of no others', (t) => {
  const conf = readFileSync(new URL('../../nginx/prefect-auth/locations.conf', import.meta.url), 'utf8');
  t.is(withMirroredPaths(conf, routes), conf);
  const flow = { method: 'POST', path: '/flows/{id:uuid}/x/', operations: [], body: {} } as unknown as Route;
  t.is(withMirroredPaths(conf, [...routes, flow]).split('flows/[0-9A-Fa-f-]{32,36}/x').length, 3);
});

test('nginx mirrors no body where larger ones are sent that do not count', (t) => {
  for (const path of [
    '/artifacts/',
    `/artifacts/${ID}`,
    '/logs/',
    '/events',
    `/flow_runs/${ID}/set_state`,
    '/task_runs/',
  ]) {
    for (const location of locations) t.notRegex(`/prefect/api${path}`, location);
  }
});
