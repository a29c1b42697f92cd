import { startAnswering } from '../support/answering.ts';
import { startNginx } from '../support/nginx.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { type Contender, measure, median, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { restRead } from './requests.ts';
import { firstKey } from './throughput.ts';

/** Ten connections that wait ten milliseconds after each answer: a thousand requests per second. */
const PACE = { connections: 10, pauseMs: 10 };

/** What asking adds, beside a page of the same nginx that nobody is asked about. */
export async function measureLatency({ pairs, seconds }: Pace): Promise<Figure[]> {
  const service = await startServiceProcess({}, { cpus: serviceCpu });
  const prefect = await startAnswering();
  const nginx = await startNginx({ auth: service.address, prefect: prefect.address });
  try {
    const { path, ...request } = restRead(firstKey(service));
    const gated: Contender = { load: { url: nginx.url + path, ...request, ...PACE }, pid: service.pid };
    const open: Contender = { load: { url: `${nginx.url}/`, headers: {}, ...PACE }, pid: service.pid };
    await measure(gated, seconds);
    const added: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const { milliseconds } = await measure(gated, seconds);
      added.push(milliseconds.p99 - (await measure(open, seconds)).milliseconds.p99);
    }
    const what = 'latency that the gate adds at 1000 requests/s, 99th percentile';
    return [{ what, unit: 'ms', value: median(added), atMost: 2, details: added }];
  } finally {
    await Promise.all([nginx, prefect, service].map((each) => each.stop()));
  }
}
