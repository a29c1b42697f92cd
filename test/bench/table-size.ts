import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import type { TestDatabase } from '../support/stores.ts';
import { type Contender, compare, type Pace } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { secretOf, startFilledPostgres } from './filled-database.ts';
import { asQuestion, restRead } from './requests.ts';

/** After which an instance keeps what it looks up. */
const SETTLED_MS = 7_000;

interface Table {
  readonly keys: number;
  /** How many of them are used, spread over the table. */
  readonly hot: number;
}

/** A service before a large table, beside one before a small table. */
export async function measureTableSize(pace: Pace, large: Table, small: Table): Promise<Figure[]> {
  const databases: TestDatabase[] = [];
  const services: ServiceProcess[] = [];
  const start = async ({ keys, hot }: Table): Promise<Contender> => {
    const database = await startFilledPostgres(keys);
    databases.push(database);
    const environment = { ...database.settings, LOG_LEVEL: 'error' };
    const service = await startServiceProcess(environment, { cpus: serviceCpu });
    services.push(service);
    const { path, ...question } = asQuestion(restRead(secretOf(1)));
    return { load: { url: service.url + path, ...question, script: byTurns(hot, keys / hot) }, pid: service.pid };
  };
  try {
    const contenders = [await start(large), await start(small)] as const;
    await delay(SETTLED_MS);
    const comparison = await compare(...contenders, pace);
    const what = `direct, ${large.keys} keys in the table, ${large.hot} of them hot`;
    const unit = `/ ${small.keys} keys`;
    return [{ what, unit, value: comparison.ratio, atLeast: 0.95, details: comparison }];
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all(databases.map((database) => database.stop()));
  }
}

/** Lua that asks with every `step`th key, one after the other. */
function byTurns(hot: number, step: number): string {
  return `
local requests = {}
local turn = 0
function request()
  turn = turn % ${hot} + 1
  if requests[turn] == nil then
    wrk.headers["Authorization"] = string.format("Bearer ${secretOf(0).slice(0, -1)}%d", turn * ${step})
    requests[turn] = wrk.format()
  end
  return requests[turn]
end
`;
}
