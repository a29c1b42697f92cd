import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import reviewed from '../../../data/prefect/reviewed.json' with { type: 'json' };
import { prefectRoutes, prefectVersions } from '../../../src/requests/rest/prefect-routes.ts';
import { matchRoute } from '../../../src/requests/rest/routes.ts';

const dataFolder = new URL('../../../data/prefect/', import.meta.url);
const versions = readdirSync(dataFolder)
  .filter((name) => /^\d.*\.json$/.test(name))
  .map((name) => name.replace('.json', ''));

test('every version that was generated is in the table', (t) => {
  t.deepEqual(versions.sort(), Object.keys(prefectVersions).sort());
  for (const minor of ['2.20', '3.0', '3.4']) t.true(versions.some((version) => version.startsWith(`${minor}.`)));
});

for (const version of versions) {
  const routes = prefectVersions[version] ?? [];
  const { outside } = JSON.parse(readFileSync(new URL(`${version}.json`, dataFolder), 'utf8'));

  test(`every route of Prefect ${version} is reviewed; say in data/prefect/reviewed.json what those listed here do`, (t) => {
    t.true(routes.length > 150);
    t.deepEqual(
      routes.filter(({ operations }) => operations.includes('mutation/unknown')),
      [],
    );
  });

  test(`everything Prefect ${version} serves outside its API is reviewed`, (t) => {
    const unreviewed = outside.filter(
      ([method, path]: [string, string]) => !reviewed.outside.includes(`${method} ${path}`),
    );
    t.deepEqual(unreviewed, []);
  });

  test(`no route of Prefect ${version} takes OPTIONS, HEAD or an unusual method`, (t) => {
    const methods = new Set(routes.map(({ method }) => method));
    t.deepEqual([...methods].sort(), ['ANY', 'DELETE', 'GET', 'PATCH', 'POST', 'PUT', 'WS']);
  });

  // Prefect 2's UUIDs are spelled in one way only; a route for any other text in their place would be taken for them.
  test(`no two routes of Prefect ${version} differ in the form of a parameter alone`, (t) => {
    const forms = routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`);
    t.is(new Set(forms).size, forms.length);
  });

  test(`each route of Prefect ${version} is found at its own path`, (t) => {
    for (const route of routes) {
      const path = route.path
        .replaceAll(/\{\w+:uuid\}/g, '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f')
        .replaceAll(/\{[^}]*\}/g, 'x');
      const found = matchRoute(prefectRoutes, route.method, path).map((match) => match.route);
      t.true(found.includes(route), `${route.method} ${path}`);
    }
  });
}

test('a review names each route once', (t) => {
  const routes = Object.values(reviewed.api).flatMap((review) => review.routes);
  const renamed = routes.filter((route, index) => routes.indexOf(route) !== index);
  t.deepEqual(renamed, []);
});

test('whatever the versions disagree on, a path never means a read on one and a change on another', (t) => {
  const kinds = new Map<string, Set<string>>();
  for (const route of Object.values(prefectVersions).flat()) {
    const key = `${route.method} ${route.path.replaceAll(/\{[^}]*\}/g, '{}')}`;
    const kind = route.operations.some((operation) => operation.startsWith('mutation/')) ? 'mutation' : 'query';
    kinds.set(key, (kinds.get(key) ?? new Set()).add(kind));
  }
  t.deepEqual(
    [...kinds].filter(([, found]) => found.size > 1).map(([key]) => key),
    [],
  );
});
