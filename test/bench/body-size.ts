import { startServiceProcess } from '../support/service/service-process.ts';
import { type Contender, measure, median, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { asQuestion, graphqlMutation } from './requests.ts';
import { firstKey } from './throughput.ts';

const KILOBYTES = [1, 32, 64] as const;

/** What a mirrored body with one operation costs by its size: CPU time of the service, asked directly. */
export async function measureBodySize({ pairs, seconds, warmUpSeconds }: Pace): Promise<Figure[]> {
  const service = await startServiceProcess({}, { cpus: serviceCpu, isOnlyStartRead: true });
  try {
    const key = firstKey(service);
    const contenders = KILOBYTES.map((kilobytes): Contender => {
      const { path, ...question } = asQuestion(graphqlMutation(key, kilobytes * 1_000));
      return { load: { url: service.url + path, ...question }, pid: service.pid };
    });
    for (const contender of contenders) await measure(contender, warmUpSeconds);
    const rounds: number[][] = [];
    for (let round = 0; round < pairs; round++) {
      const costs: number[] = [];
      for (const contender of contenders) costs.push((await measure(contender, seconds)).cpuPerRequest);
      rounds.push(costs);
    }
    return toFigures(rounds);
  } finally {
    await service.stop();
  }
}

/** @param rounds microseconds for each size */
function toFigures(rounds: readonly (readonly number[])[]): Figure[] {
  const cost = (size: number) => median(rounds.map((costs) => costs[size] ?? Number.NaN));
  const perKilobyte = (from: number, to: number) =>
    (cost(to) - cost(from)) / ((KILOBYTES[to] ?? Number.NaN) - (KILOBYTES[from] ?? Number.NaN));
  const figures = KILOBYTES.map((kilobytes, size) => ({
    what: `CPU time of a request, ${kilobytes} kB mirrored body`,
    unit: 'us',
    value: cost(size),
  }));
  return [
    ...figures,
    { what: '… for each kB from 1 to 32', unit: 'us', value: perKilobyte(0, 1), details: rounds },
    { what: '… for each kB from 32 to 64: the same where it is linear', unit: 'us', value: perKilobyte(1, 2) },
  ];
}
