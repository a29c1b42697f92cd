import { startAnswering } from '../support/servers/answering.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { startServiceProcess } from '../support/service/service-process.ts';
import { type Contender, type Measured, measure, median, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { runLoad } from './load.ts';
import { restRead } from './requests.ts';
import { firstKey } from './throughput.ts';

/** Ten connections that wait nine milliseconds after each answer: a little more than a thousand requests per second. */
const PACE = { connections: 10, pauseMs: 9 };

/** What asking adds, beside a page of the same nginx that nobody is asked about. */
export async function measureLatency({ pairs, seconds, warmUpSeconds }: Pace): Promise<Figure[]> {
  const service = await startServiceProcess({}, { cpus: serviceCpu, isOnlyStartRead: true });
  const prefect = await startAnswering();
  const nginx = await startNginx({ auth: service.address, prefect: prefect.address });
  try {
    const { path, ...request } = restRead(firstKey(service));
    const asked = { url: nginx.url + path, ...request };
    const page = { url: `${nginx.url}/`, headers: {} };
    // Without a pause: at a thousand per second it takes minutes until V8 has compiled all that is used often.
    for (const load of [asked, page]) await runLoad({ ...load, seconds: warmUpSeconds });
    const gated: Contender = { load: { ...asked, ...PACE }, pid: service.pid };
    const open: Contender = { load: { ...page, ...PACE }, pid: service.pid };
    const rounds: { gated: Measured; open: Measured }[] = [];
    for (let round = 0; round < pairs * 2; round++) rounds.push(await measureBoth(gated, open, seconds, round));
    const added = (percentile: 'p50' | 'p99') =>
      median(rounds.map((round) => round.gated.milliseconds[percentile] - round.open.milliseconds[percentile]));
    const what = 'latency that the gate adds at 1000 requests/s, 99th percentile';
    return [
      { what, unit: 'ms', value: added('p99'), atMost: 2, details: rounds },
      { what: '… median', unit: 'ms', value: added('p50') },
    ];
  } finally {
    await Promise.all([nginx, prefect, service].map((each) => each.stop()));
  }
}

/** One after the other, and first the other one every second time: a machine that slows down slows down both. */
async function measureBoth(gated: Contender, open: Contender, seconds: number, round: number) {
  const isGatedFirst = round % 2 === 0;
  const first = await measure(isGatedFirst ? gated : open, seconds);
  const second = await measure(isGatedFirst ? open : gated, seconds);
  return isGatedFirst ? { gated: first, open: second } : { gated: second, open: first };
}
