import { prefectVersions } from '../../../src/requests/rest/prefect-routes.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';

/** Where an administrator may have put Prefect's API without telling the gate: PREFECT_SERVER_API_BASE_PATH. */
export const OTHER_API_PATHS = [
  '/custom-api',
  '',
  '/v2',
  '/prefect',
  '/prefect/apis',
  '/a/b/c',
  '/assets',
  '/work-pools',
];

/** What every route of Prefect's API that answers GET is asked with, below a path, with a name and with an id in its parameters. */
export function apiTargets(basePath: string): string[] {
  const paths = Object.values(prefectVersions)
    .flat()
    .filter(({ method, path }) => ['GET', 'ANY'].includes(method) && path !== '/{path:path}')
    .flatMap(({ path }) => ['edit', ID].map((value) => basePath + path.replaceAll(/\{\w+(?::\w+)?\}/g, value)));
  return [...new Set(paths)];
}
