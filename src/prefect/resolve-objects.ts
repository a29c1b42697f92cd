import { LRUCache } from 'lru-cache';
import { isId, type NamedObject, normalizeId, type PrefectObject } from '../authorization/objects.ts';
import { Fault } from '../fault.ts';

/**
 * The objects that a request names, by the names that conditions are about. What does not exist, or has no such name, is
 * left out, and then meets no condition. Throws where Prefect does not answer.
 */
export type ResolveObjects = (named: readonly NamedObject[], wantsIds: boolean) => Promise<PrefectObject[]>;

export interface ObjectResolverOptions {
  /** API_SERVICE_URL: `http://prefect:4200`, or with the path of its API. Without it ids stay ids, and meet no condition. */
  readonly prefectUrl: string | undefined;
  readonly apiBasePath: string;
}

const MOST_ANSWERS = 10_000;
/** Names hardly change in Prefect: a flow run stays with its deployment, a deployment with its flow, a queue with its pool. */
const ANSWER_TTL_MS = 60_000;
/** nginx waits for five seconds. */
const TIMEOUT_MS = 3_000;

/** What is read of Prefect's answers. */
interface Answer {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly flow_id?: unknown;
  readonly deployment_id?: unknown;
  readonly work_pool_name?: unknown;
  readonly block_type?: { readonly slug?: unknown };
}

export function createObjectResolver({ prefectUrl, apiBasePath }: ObjectResolverOptions): ResolveObjects {
  if (prefectUrl === undefined) {
    return async (named) => named.flatMap((object) => ('name' in object ? [object] : []));
  }
  const api =
    new URL(prefectUrl).pathname === '/' ? prefectUrl.replace(/\/$/, '') + apiBasePath : prefectUrl.replace(/\/$/, '');
  const answers = new LRUCache<string, Answer>({
    max: MOST_ANSWERS,
    ttl: ANSWER_TTL_MS,
    fetchMethod: (path) => readAnswer(api + path),
  });
  const read = (path: string): Promise<Answer | undefined> => answers.fetch(path);

  async function readById(kind: string, id: unknown): Promise<Answer | undefined> {
    return typeof id === 'string' && isId(id) ? read(`/${kind}/${id}`) : undefined;
  }

  async function resolveDeployment(id: unknown): Promise<PrefectObject[]> {
    const deployment = await readById('deployments', id);
    const flow = await readById('flows', deployment?.flow_id);
    return toObjects('deployment', [flow?.name, deployment?.name], deployment);
  }

  async function resolveById({ kind, id }: NamedObject & { readonly id: string }): Promise<PrefectObject[]> {
    if (kind === 'deployment') return resolveDeployment(id);
    if (kind === 'block') {
      const block = await readById('block_documents', id);
      return toObjects('block', [block?.block_type?.slug, block?.name], block);
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

/** Where Prefect serves what has this name. */
function pathOf({ kind, name }: PrefectObject): string {
  const [first = '', second = ''] = name.split('/').map(encodeURIComponent);
  if (kind === 'deployment') return `/deployments/name/${first}/${second}`;
  return kind === 'block' ? `/block_types/slug/${first}/block_documents/name/${second}` : `/work_pools/${first}`;
}

function toObjects(kind: PrefectObject['kind'], names: readonly unknown[], answer?: Answer): PrefectObject[] {
  if (!names.every((name) => typeof name === 'string' && name !== '')) return [];
  return [{ kind, name: names.join('/'), ...idOf(answer) }];
}

function idOf(answer: Answer | undefined): { id?: string } {
  return typeof answer?.id === 'string' ? { id: normalizeId(answer.id) } : {};
}

/** @throws Fault where Prefect does not answer, or answers neither with an object nor that there is none */
async function readAnswer(url: string): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { signal, redirect: 'error' }).catch((error: Error) => {
    throw new Fault(`Prefect at API_SERVICE_URL did not answer: ${causeOf(error)}`);
  });
  if (response.ok) return readJson(response);
  await response.body?.cancel();
  if (response.status === 404 || response.status === 422) return undefined;
  throw new Fault(
    `Prefect at API_SERVICE_URL answered ${response.status} when the service looked up what a request names`,
  );
}

async function readJson(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch {
    throw new Fault(
      'Prefect at API_SERVICE_URL did not answer with JSON when the service looked up what a request names',
    );
  }
}

/** `ECONNREFUSED`, `TimeoutError`: what fetch says itself is that it failed. */
function causeOf(error: Error): string {
  const { code, name } = (error.cause ?? error) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : name;
}
