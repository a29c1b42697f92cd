import { LRUCache } from 'lru-cache';
import { isId, type NamedObject, normalizeId, type PrefectObject } from '../authorization/objects.ts';
import { createAskPrefect } from './ask-prefect.ts';
import type { Names, ReadNames } from './names.ts';
import type { PrefectAddress } from './prefect-address.ts';

/**
 * Looks up the names that conditions use for the objects that a request names. An object that does not exist, or has no such
 * name, is left out and meets no condition. Throws if Prefect does not answer.
 */
export type ResolveObjects = (named: readonly NamedObject[], wantsIds: boolean) => Promise<PrefectObject[]>;

export interface ObjectResolverOptions {
  /** Without it, objects that are named by their ids meet no condition. */
  readonly prefect: PrefectAddress | undefined;
  readonly readNames: ReadNames;
}

const MOST_ANSWERS = 10_000;
/** Of their names, in characters. */
const MOST_CHARACTERS = 8_000_000;
/** What an answer takes beside its names. */
const OVERHEAD = 300;
/** Names hardly change in Prefect: a flow run stays with its deployment, a deployment with its flow, a queue with its pool. */
const ANSWER_TTL_MS = 60_000;

export function createObjectResolver({ prefect, readNames }: ObjectResolverOptions): ResolveObjects {
  if (prefect === undefined) {
    return async (named) => named.flatMap((object) => ('name' in object ? [object] : []));
  }
  const askPrefect = createAskPrefect(readNames);
  const answers = new LRUCache<string, Names>({
    max: MOST_ANSWERS,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (names, path) => path.length + Object.values(names).join('').length + OVERHEAD,
    ttl: ANSWER_TTL_MS,
    fetchMethod: (path) => askPrefect(prefect.api + path),
  });
  const read = (path: string): Promise<Names | undefined> => answers.fetch(path);

  async function readById(kind: string, id: string | undefined): Promise<Names | undefined> {
    return id !== undefined && isId(id) ? read(`/${kind}/${id}`) : undefined;
  }

  async function resolveDeployment(id: string | undefined): Promise<PrefectObject[]> {
    const deployment = await readById('deployments', id);
    const flow = await readById('flows', deployment?.flow_id);
    return toObjects('deployment', [flow?.name, deployment?.name], deployment);
  }

  async function resolveById({ kind, id }: NamedObject & { readonly id: string }): Promise<PrefectObject[]> {
    if (kind === 'deployment') return resolveDeployment(id);
    if (kind === 'block') {
      const block = await readById('block_documents', id);
      return toObjects('block', [block?.slug, block?.name], block);
    }
    if (kind === 'work_queue') return toObjects('work_pool', [(await readById('work_queues', id))?.work_pool_name]);
    const flowRun = await readById('flow_runs', id);
    const deployments = await resolveDeployment(flowRun?.deployment_id);
    return [...deployments, ...toObjects('work_pool', [flowRun?.work_pool_name])];
  }

  return async function resolveObjects(named, wantsIds) {
    const resolved = await Promise.all(
      named.map(async (object) => {
        if ('id' in object) return resolveById(object);
        return wantsIds ? [{ ...object, ...idOf(await read(pathOf(object))) }] : [object];
      }),
    );
    return resolved.flat();
  };
}

/** The path at which Prefect serves the object of this name. */
function pathOf({ kind, name }: PrefectObject): string {
  const [first = '', second = ''] = name.split('/').map(encodeURIComponent);
  if (kind === 'deployment') return `/deployments/name/${first}/${second}`;
  return kind === 'block' ? `/block_types/slug/${first}/block_documents/name/${second}` : `/work_pools/${first}`;
}

function toObjects(
  kind: PrefectObject['kind'],
  names: readonly (string | undefined)[],
  answer?: Names,
): PrefectObject[] {
  if (!names.every((name) => name !== undefined && name !== '')) return [];
  return [{ kind, name: names.join('/'), ...idOf(answer) }];
}

function idOf(answer: Names | undefined): { id?: string } {
  return answer?.id === undefined ? {} : { id: normalizeId(answer.id) };
}
