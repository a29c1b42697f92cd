import { matchRoute, type RouteMatch, type RouteTable } from './routes.ts';

/** Nobody mounts an API deeper. */
const MOST_SEGMENTS = 16;

/**
 * The routes that a path outside API_BASE_PATH would run if Prefect's API lay elsewhere than it says: below any part of the path.
 * Who may do what is unknown may not do by another path what a denial takes away.
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
