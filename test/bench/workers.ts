import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { median, type Pace } from './compare.ts';
import { cores, leaveServiceCpus } from './cpus.ts';
import type { Figure } from './figure.ts';
import { secretOf, startFilledPostgres } from './filled-database.ts';
import { runLoad } from './load.ts';
import { asQuestion, restRead } from './requests.ts';

const NEEDED_CORES = 4;

/** Two workers on two CPUs beside one on one, as the load on the other CPUs finds them. */
export async function measureWorkers(pace: Pace): Promise<Figure[]> {
  const isMeasurable = cores >= NEEDED_CORES;
  // Where two workers and the load share the CPUs, once is enough to see that it works.
  const { pairs, seconds, warmUpSeconds } = isMeasurable ? pace : { pairs: 1, seconds: 1, warmUpSeconds: 2 };
  const database = await startFilledPostgres(1);
  const start = (workers: number) =>
    startServiceProcess(
      { ...database.settings, LOG_LEVEL: 'error', WORKERS: `${workers}` },
      { cpus: cores > 1 ? `0-${workers - 1}` : '0' },
    );
  const [two, one] = [await start(2), await start(1)];
  if (isMeasurable) leaveServiceCpus(2);
  try {
    for (const service of [two, one]) await requestsPerSecond(service, warmUpSeconds);
    const ratios: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      ratios.push((await requestsPerSecond(two, seconds)) / (await requestsPerSecond(one, seconds)));
    }
    const note = isMeasurable ? '' : ` (no measurement: it takes ${NEEDED_CORES} cores, here are ${cores})`;
    return [{ what: `direct, two workers${note}`, unit: '/ one worker', value: median(ratios), details: ratios }];
  } finally {
    if (isMeasurable) leaveServiceCpus(1);
    await Promise.all([two, one].map((service) => service.stop()));
    await database.stop();
  }
}

async function requestsPerSecond(service: ServiceProcess, seconds: number): Promise<number> {
  const { path, ...question } = asQuestion(restRead(secretOf(1)));
  const { failures, ...result } = await runLoad({ url: service.url + path, ...question, seconds });
  if (failures > 0) throw new Error(`${failures} of ${result.requests} requests failed.`);
  return result.requestsPerSecond;
}
