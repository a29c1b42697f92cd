import type { Route } from '../../../src/requests/rest/routes.ts';

/** An expression for what comes below the API's base path, with or without a slash at its end: each route whose body counts. */
export function toMirroredPaths(routes: readonly Route[]): string {
  const paths = routes.filter(({ body }) => body !== undefined).map(({ path }) => toExpression(path));
  return `(?:${[...new Set(paths)].sort().join('|')})/?$`;
}

/** The text of locations.conf with the expressions of both of its locations in it. */
export function withMirroredPaths(conf: string, routes: readonly Route[]): string {
  return conf.replaceAll(
    /(location ~ "\^\/.*?api\/)\(\?:.*(" \{\n\s*include prefect-auth\/api-body\.conf;)/g,
    (_, begin: string, end: string) => `${begin}${toMirroredPaths(routes)}${end}`,
  );
}

function toExpression(path: string): string {
  return path
    .slice(1)
    .replace(/\/$/, '')
    .replaceAll(/\{\w*id(?::uuid)?\}/g, '[0-9A-Fa-f-]{32,36}')
    .replaceAll(/\{\w+(?::str)?\}/g, '[^/]+');
}
