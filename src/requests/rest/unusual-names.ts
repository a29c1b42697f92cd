import { pathBelow, readNamingTarget, type Target } from '../target.ts';
import { matchRoute, type RouteTable } from './routes.ts';

/**
 * Reads a target that is ambiguous in general, if the ambiguous part is a name for each route that would run: the tag "a\\b", the
 * work pool "v1%2E2". Prefect decodes the path once, as this does, and interprets no more. Of these characters, the literal parts
 * of routes contain only the dot, and such routes are excluded. So the characters are in a parameter's value.
 */
export function readUnusualName(
  raw: string,
  method: string,
  table: RouteTable,
  apiBasePath: string,
): Target | undefined {
  const target = readNamingTarget(raw);
  if (target === undefined) return undefined;
  const path = pathBelow(apiBasePath, target.path);
  const matches = path === undefined ? [] : matchRoute(table, method, path);
  const areNames = matches.every(({ route }) => route.path.includes('{') && !/\.|:path\}/.test(route.path));
  return matches.length > 0 && areNames ? target : undefined;
}
