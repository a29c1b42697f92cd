import prefect2_20 from '../../../data/prefect/2.20.25.json' with { type: 'json' };
import prefect3_0 from '../../../data/prefect/3.0.11.json' with { type: 'json' };
import prefect3_4 from '../../../data/prefect/3.4.25.json' with { type: 'json' };
import prefect3_8 from '../../../data/prefect/3.8.8.json' with { type: 'json' };
import prefect3_9 from '../../../data/prefect/3.9.1.json' with { type: 'json' };
import reviewed from '../../../data/prefect/reviewed.json' with { type: 'json' };
import { RIGHTS_WITHOUT_ROUTE } from '../../authorization/aside.ts';
import type { Operation } from '../../authorization/operation.ts';
import type { ActionRules, FieldRule } from './field-effects.ts';
import { createRouteTable, type Route, type RouteTable } from './routes.ts';

/** What data/prefect/reviewed.json says about an operation, or about an action of automations. */
interface Effects {
  /** What it may do beside what its name says. */
  readonly also?: readonly string[];
  /** What the fields of its body may do in addition, written as in FieldRule. */
  readonly body?: Readonly<Record<string, string | readonly string[]>>;
  readonly why?: string;
}

interface Review extends Effects {
  /** `METHOD path`, the parameters without their convertors. */
  readonly routes: readonly string[];
  /** What single routes may do in addition. */
  readonly alsoOn?: Readonly<Record<string, readonly string[]>>;
  /** The function's name in older versions. */
  readonly formerly?: string;
}

/** A row of data/prefect/<version>.json: method, path, function. */
type Row = readonly string[];

const reviews = new Map<string, readonly [operation: string, review: Review]>(
  Object.entries<Review>(reviewed.api).flatMap(([operation, review]) =>
    review.routes.map((route) => [route, [operation, review]] as const),
  ),
);

/** Versions that have the same route share one object. */
const routes = new Map<string, Route>();

/** The routes of every version of Prefect that is supported, by version. */
export const prefectVersions: Readonly<Record<string, readonly Route[]>> = {
  '2.20.25': toRoutes(prefect2_20.api),
  '3.0.11': toRoutes(prefect3_0.api),
  '3.4.25': toRoutes(prefect3_4.api),
  '3.8.8': toRoutes(prefect3_8.api),
  '3.9.1': toRoutes(prefect3_9.api),
};

const actions: ActionRules = new Map(
  Object.entries<Effects>(reviewed.actions).map(([type, { also = [], body = {} }]) => [
    type,
    { operations: also as Operation[], fields: toFieldRules(body) },
  ]),
);

export const prefectRoutes: RouteTable = createRouteTable(Object.values(prefectVersions), actions);

/** Every operation that some version of Prefect 2 or 3 has, in the order of their names. */
export const prefectOperations: readonly Operation[] = [
  ...new Set([
    ...Object.values(prefectVersions).flatMap((routes) => routes.flatMap((route) => route.operations)),
    ...RIGHTS_WITHOUT_ROUTE,
  ]),
].sort();

function toRoutes(rows: readonly Row[]): Route[] {
  return rows.map((row) => {
    const known = routes.get(row.join(' '));
    const route = known ?? toRoute(row);
    routes.set(row.join(' '), route);
    return route;
  });
}

/** A route that no review covers may do anything. */
function toRoute([method = '', path = '', name = '']: Row): Route {
  const route = `${method} ${path.replaceAll(/:\w+\}/g, '}')}`;
  const [operation = '', review] = reviews.get(route) ?? [];
  const isReviewed = operation.endsWith(`/${name}`) || review?.formerly === name;
  const also = [...(review?.also ?? []), ...(review?.alsoOn?.[route] ?? [])];
  const operations = isReviewed ? [operation, ...also] : ['mutation/unknown'];
  return {
    method,
    path,
    operations: operations as Operation[],
    ...(review?.body && { body: toFieldRules(review.body) }),
  };
}

function toFieldRules(body: NonNullable<Effects['body']>): readonly FieldRule[] {
  return Object.entries(body).map(([path, effects]) => ({ path, effects: [effects].flat() }));
}
