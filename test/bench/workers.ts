import { startServiceProcess } from '../support/service/service-process.ts';
import { type Contender, compare, type Pace } from './compare.ts';
import { cores, leaveServiceCpus } from './cpus.ts';
import type { Figure } from './figure.ts';
import { secretOf, startFilledPostgres } from './filled-database.ts';
import { asQuestion, restRead } from './requests.ts';

const NEEDED_CORES = 4;

/** Two workers on two CPUs beside one on one, as the load on the other CPUs finds them. */
export async function measureWorkers(pace: Pace): Promise<Figure[]> {
  const isMeasurable = cores >= NEEDED_CORES;
  const database = await startFilledPostgres(1);
  const start = (workers: number) =>
    startServiceProcess(
      { ...database.settings, LOG_LEVEL: 'error', WORKERS: `${workers}` },
      { cpus: cores > 1 ? `0-${workers - 1}` : '0' },
    );
  const services = [await start(2), await start(1)] as const;
  if (isMeasurable) leaveServiceCpus(2);
  try {
    const { path, ...question } = asQuestion(restRead(secretOf(1)));
    const toContender = ({ url, pid }: (typeof services)[number]): Contender => ({
      load: { url: url + path, ...question },
      pid,
    });
    const comparison = await compare(toContender(services[0]), toContender(services[1]), pace);
    const note = isMeasurable
      ? ''
      : ` (here the load is on their CPUs: it takes ${NEEDED_CORES}, and there are ${cores})`;
    const unit = '/ one worker';
    return [
      { what: `direct, two workers${note}`, unit, value: comparison.ratio, details: comparison },
      { what: '… requests for the same CPU time', unit, value: comparison.cpuRatio },
    ];
  } finally {
    if (isMeasurable) leaveServiceCpus(1);
    await Promise.all(services.map((service) => service.stop()));
    await database.stop();
  }
}
