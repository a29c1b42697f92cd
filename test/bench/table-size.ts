import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import type { TestDatabase } from '../support/service/stores.ts';
import { PROCESS_SETTLED_MS } from '../support/timing.ts';
import { type Comparison, type Contender, compare, median, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { secretOf, startFilledPostgres } from './filled-database.ts';
import { asQuestion, restRead } from './requests.ts';

interface Table {
  readonly keys: number;
  /** How many of them are used, spread over the table. */
  readonly hot: number;
}

/**
 * A service before a large table, beside one before a small table; anew with every round, since two services that are the
 * same differ by a few percent: in where their memory lies, and in how their code was compiled.
 */
export async function measureTableSize(rounds: number, pace: Pace, large: Table, small: Table): Promise<Figure[]> {
  const databases: TestDatabase[] = [];
  try {
    for (const { keys } of [large, small]) databases.push(await startFilledPostgres(keys));
    const [largeDatabase, smallDatabase] = databases as [TestDatabase, TestDatabase];
    const comparisons: Comparison[] = [];
    for (let round = 0; round < rounds; round++) {
      comparisons.push(await compareTables([largeDatabase, large], [smallDatabase, small], pace));
    }
    const what = `direct, ${large.keys} keys in the table, ${large.hot} of them hot`;
    const value = median(comparisons.map(({ ratio }) => ratio));
    return [{ what, unit: `/ ${small.keys} keys`, value, atLeast: 0.95, details: comparisons }];
  } finally {
    await Promise.all(databases.map((database) => database.stop()));
  }
}

async function compareTables(
  large: [TestDatabase, Table],
  small: [TestDatabase, Table],
  pace: Pace,
): Promise<Comparison> {
  const services: ServiceProcess[] = [];
  const start = async ([database, { keys, hot }]: [TestDatabase, Table]): Promise<Contender> => {
    const environment = { ...database.settings, LOG_LEVEL: 'error' };
    const service = await startServiceProcess(environment, { cpus: serviceCpu });
    services.push(service);
    const { path, ...question } = asQuestion(restRead(secretOf(1)));
    return { load: { url: service.url + path, ...question, script: byTurns(hot, keys / hot) }, pid: service.pid };
  };
  try {
    const contenders = [await start(large), await start(small)] as const;
    await delay(PROCESS_SETTLED_MS);
    return await compare(...contenders, pace);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}

/** Lua that asks with every `step`th key, one after the other; put together before the clock runs. */
function byTurns(hot: number, step: number): string {
  return `
local requests = {}
local turn = 0
function prepare()
  for number = 1, ${hot} do
    wrk.headers["Authorization"] = string.format("Bearer ${secretOf(0).slice(0, -1)}%d", number * ${step})
    requests[number] = wrk.format()
  end
end
function request()
  turn = turn % ${hot} + 1
  return requests[turn]
end
`;
}
