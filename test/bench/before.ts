import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startAnswering } from '../support/servers/answering.ts';
import { compare, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { graphqlMutation, restRead } from './requests.ts';
import { direct, firstKey, through } from './throughput.ts';

/** What every commit of the project can start of itself. */
type Tree = Pick<typeof import('../support/service/service-process.ts'), 'startServiceProcess'> &
  Pick<typeof import('../support/servers/nginx.ts'), 'startNginx'>;

/**
 * This tree beside another commit, each with its own service and its own nginx.
 * @param folder the other commit, with its `node_modules`: `git worktree add FOLDER COMMIT`, then `npm ci` there
 */
export async function measureBefore(folder: string, pace: Pace): Promise<Figure[]> {
  const prefect = await startAnswering();
  const trees = [await start(resolve(import.meta.dirname, '../..')), await start(resolve(folder))] as const;
  const [now, before] = trees;
  const compareWith = async (what: string, of: (tree: typeof now) => Parameters<typeof compare>[0]) => {
    const comparison = await compare(of(now), of(before), pace);
    return { what, unit: 'now / before', value: comparison.ratio, atLeast: 0.97, details: comparison };
  };
  try {
    return [
      await compareWith('direct, headers only', ({ service, key }) => direct(service, restRead(key))),
      await compareWith('direct, 900 B GraphQL mutation', ({ service, key }) => direct(service, graphqlMutation(key))),
      await compareWith('through nginx, headers only', ({ nginx, service, key }) =>
        through(nginx, service, restRead(key)),
      ),
      await compareWith('through nginx, 900 B GraphQL mutation', ({ nginx, service, key }) =>
        through(nginx, service, graphqlMutation(key)),
      ),
    ];
  } finally {
    await Promise.all([prefect, ...trees].map((each) => each.stop()));
  }

  async function start(tree: string) {
    const { startServiceProcess, startNginx } = await load(tree);
    const service = await startServiceProcess({}, { cpus: serviceCpu, isOnlyStartRead: true });
    const nginx = await startNginx({ auth: service.address, prefect: prefect.address });
    const stop = async () => void (await Promise.all([nginx.stop(), service.stop()]));
    return { service, nginx, key: firstKey(service), stop };
  }
}

/** By their names, since another commit may keep them in another folder. */
async function load(tree: string): Promise<Tree> {
  const support = `${tree}/test/support`;
  const files = readdirSync(support, { recursive: true, encoding: 'utf8' });
  const find = (name: string) => files.find((file) => basename(file) === name) ?? name;
  const open = (name: string) => import(pathToFileURL(join(support, find(name))).href);
  return { ...(await open('service-process.ts')), ...(await open('nginx.ts')) };
}
