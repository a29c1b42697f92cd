import { startAnswering } from '../support/servers/answering.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import { type Contender, compare, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { asQuestion, type ClientRequest, graphqlMutation, restRead } from './requests.ts';

/** Ours beside a Koa that lets everyone in: asked directly, and by the same nginx. */
export async function measureThroughput(pace: Pace): Promise<Figure[]> {
  const ours = await startServiceProcess({}, { cpus: serviceCpu, isOnlyStartRead: true });
  const bare = await startServiceProcess(
    {},
    { cpus: serviceCpu, isOnlyStartRead: true, program: 'test/bench/bare-koa.ts' },
  );
  const prefect = await startAnswering();
  const nginxes = await Promise.all(
    [ours, bare].map(({ address }) => startNginx({ auth: address, prefect: prefect.address })),
  );
  const [throughOurs, throughBare] = nginxes as [Nginx, Nginx];
  const key = firstKey(ours);
  try {
    const headersOnly = restRead(key);
    const mutation = graphqlMutation(key);
    const rows: [string, number, Contender, Contender][] = [
      ['direct, headers only', 0.75, direct(ours, headersOnly), direct(bare, headersOnly)],
      ['direct, 900 B GraphQL mutation', 0.6, direct(ours, mutation), direct(bare, mutation)],
      [
        'through nginx, headers only',
        0.9,
        through(throughOurs, ours, headersOnly),
        through(throughBare, bare, headersOnly),
      ],
      [
        'through nginx, 900 B GraphQL mutation',
        0.85,
        through(throughOurs, ours, mutation),
        through(throughBare, bare, mutation),
      ],
    ];
    const figures: Figure[] = [];
    for (const [what, atLeast, contender, other] of rows) {
      const comparison = await compare(contender, other, pace);
      figures.push({ what, unit: 'ours / bare Koa', value: comparison.ratio, atLeast, details: comparison });
    }
    return figures;
  } finally {
    await Promise.all([...nginxes, prefect, ours, bare].map((each) => each.stop()));
  }
}

/** Asked as nginx asks it. */
export function direct(service: Asked, request: ClientRequest): Contender {
  const { path, ...question } = asQuestion(request);
  return { load: { url: service.url + path, ...question }, pid: service.pid };
}

/** Asked by the nginx before it. */
export function through(nginx: { url: string }, service: Asked, { path, ...request }: ClientRequest): Contender {
  return { load: { url: nginx.url + path, ...request }, pid: service.pid };
}

type Asked = Pick<ServiceProcess, 'url' | 'pid'>;

/** The owner's key, which a new embedded database prints. */
export function firstKey(service: ServiceProcess): string {
  const [key] = /pfa_[0-9A-Za-z]{38}/.exec(service.output()) ?? [];
  if (key === undefined) throw new Error(`The service printed no key:\n${service.output()}`);
  return key;
}
