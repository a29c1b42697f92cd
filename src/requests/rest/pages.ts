import prefect from '../../../data/prefect/pages.json' with { type: 'json' };
import { pathBelow } from '../target.ts';

/** The pages read it before a user can sign in. */
const SETTINGS = '/ui-settings';

const isParametric = (pattern: string) => pattern.includes('*');
const patterns = [...prefect.files, ...prefect.pages];
const exact = new Set(patterns.filter((pattern) => !isParametric(pattern)));
const parametric = patterns.filter(isParametric).map((pattern) => {
  const literal = pattern.replaceAll(/[.-]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '[^/]+')}$`);
});

/**
 * Whether a decoded path is one of Prefect's own pages or files, or their settings. Each is known by its name in the
 * releases that data/prefect/generate-pages.ts has read. The pages of v2 are below `/v2`.
 */
export function isPrefectPage(path: string, uiBasePath: string): boolean {
  if (path === uiBasePath) return true;
  const below = pathBelow(uiBasePath, path);
  if (below === undefined) return false;
  if (below === SETTINGS || below === '/v2') return true;
  const page = (pathBelow('/v2', below) ?? below).replace(/(?<=[^/])\/$/, '');
  return exact.has(page) || parametric.some((pattern) => pattern.test(page));
}

/** Whether the path is that of a page, or pages lie below it. */
export function isAmongPrefectPages(path: string): boolean {
  return patterns.some((pattern) => `${pattern}/`.startsWith(`${path}/`));
}

/** The default path of Prefect's pages: beside its API. */
export function uiBasePathOf(apiBasePath: string): string {
  return apiBasePath.endsWith('/api') ? apiBasePath.slice(0, -'/api'.length) : '';
}
