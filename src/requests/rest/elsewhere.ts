import { matchRoute, type RouteMatch, type RouteTable } from './routes.ts';

/** No API is mounted deeper. */
const MOST_SEGMENTS = 16;

/**
 * The routes that a path outside API_BASE_PATH would run if Prefect's API lay below any part of the path instead. A key that may
 * use unknown routes must not do by such a path what a denial takes away.
 */
export function matchRoutesElsewhere(table: RouteTable, method: string, path: string): RouteMatch[] {
  const matches: RouteMatch[] = [];
  let slash = 0;
  for (let depth = 0; depth <= MOST_SEGMENTS && slash >= 0; depth++) {
    for (const match of matchRoute(table, method, path.slice(slash))) {
      if (!matches.some(({ route }) => route === match.route)) matches.push(match);
    }
    slash = path.indexOf('/', slash + 1);
  }
  return matches;
}
