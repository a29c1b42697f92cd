import { type NamedObject, normalizeId, type ObjectKind } from '../../authorization/objects.ts';
import type { RouteMatch } from './routes.ts';

/**
 * The objects that the path names. Objects in a body are not looked for: a request that names its object there, or lists,
 * deletes or changes many, names none and meets no condition.
 */
export function readNamedObjects(matches: readonly RouteMatch[]): NamedObject[] {
  const named = new Map<string, NamedObject>();
  for (const object of matches.flatMap(({ route, parameters }) => nameObject(route.path, parameters) ?? [])) {
    named.set(JSON.stringify(object), object);
  }
  return [...named.values()];
}

function nameObject(path: string, parameters: Readonly<Record<string, string>>): NamedObject | undefined {
  const { id } = parameters;
  const resource = path.split('/', 2)[1];
  if (resource === 'work_pools') return nameWorkPool(parameters);
  if (path.startsWith('/deployments/name/')) {
    return { kind: 'deployment', name: `${parameters.flow_name}/${parameters.deployment_name}` };
  }
  if (parameters.block_document_name !== undefined) {
    return { kind: 'block', name: `${parameters.slug}/${parameters.block_document_name}` };
  }
  const kind = resource === undefined ? undefined : KIND_OF_ID[resource];
  return kind === undefined || id === undefined ? undefined : { kind, id: normalizeId(id) };
}

/** The kinds of objects that a route's path names. A run belongs to a deployment and a pool, a queue to a pool. */
export function kindsNamedBy(path: string): readonly ObjectKind[] {
  const parameters = Object.fromEntries([...path.matchAll(/\{(\w+)/g)].map(([, name = '']) => [name, name]));
  const kind = nameObject(path, parameters)?.kind;
  if (kind === 'flow_run') return ['deployment', 'work_pool'];
  if (kind === 'work_queue') return ['work_pool'];
  return kind === undefined ? [] : [kind];
}

const KIND_OF_ID: Readonly<Record<string, 'deployment' | 'flow_run' | 'work_queue' | 'block'>> = {
  deployments: 'deployment',
  flow_runs: 'flow_run',
  work_queues: 'work_queue',
  block_documents: 'block',
};

/** In a path below a pool, `name` is the name of a queue or a worker. */
function nameWorkPool({ work_pool_name, name }: Readonly<Record<string, string>>): NamedObject | undefined {
  const pool = work_pool_name ?? name;
  return pool === undefined ? undefined : { kind: 'work_pool', name: pool };
}
