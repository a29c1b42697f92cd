import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ask, bearer } from '../support/service/service.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { PROCESS_SETTLED_MS } from '../support/timing.ts';
import { median } from './compare.ts';
import type { Figure } from './figure.ts';

const INSTANCES = 3;
const HOUR = 3_600_000;

/** From the plain SQL that revokes a key to the refusal by the last of three instances which all had it cached. */
export async function measureRevocation(trials: number): Promise<Figure[]> {
  const database = ofServer('PostgreSQL', await startPostgres());
  const keys = await issueKeys(database, trials);
  const services = await Promise.all(
    Array.from({ length: INSTANCES }, () => startServiceProcess({ ...database.settings, LOG_LEVEL: 'error' })),
  );
  try {
    await delay(PROCESS_SETTLED_MS);
    for (const { key } of keys) await expectAll(services, key, 200);
    const times: number[] = [];
    for (const { key, id } of keys) {
      await database.sql(`UPDATE prefect_api_keys SET revoked_dt = now() WHERE key_id = '${id}'`);
      const start = performance.now();
      while (!(await answers(services, key)).every((status) => status === 401)) await delay(2);
      times.push(performance.now() - start);
    }
    const unit = 'ms';
    return [
      { what: `revocation on the last of ${INSTANCES} instances, median`, unit, value: median(times), atMost: 1_000 },
      { what: `… the worst of ${trials}`, unit, value: Math.max(...times), atMost: 1_000, details: times },
    ];
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await database.stop();
  }
}

async function issueKeys(database: TestDatabase, count: number): Promise<{ key: string; id: string }[]> {
  const store = await database.open();
  await prepareTables(store.sequelize);
  const validity = { validFrom: new Date(Date.now() - HOUR), expiresAt: new Date(Date.now() + HOUR) };
  const issued: { key: string; id: string }[] = [];
  for (let index = 0; index < count; index++) {
    const key = generateKey();
    const request = { userId: `user-${index}`, scopes: '*', ...validity, issuedBy: 'bench' };
    issued.push({ key, id: (await store.keys.insert(request, digestOf(key))).id });
  }
  await store.close();
  return issued;
}

async function answers(services: readonly ServiceProcess[], key: string): Promise<number[]> {
  return Promise.all(services.map(async ({ url }) => (await ask(url, { headers: bearer(key) })).status));
}

async function expectAll(services: readonly ServiceProcess[], key: string, status: number): Promise<void> {
  const all = await answers(services, key);
  if (!all.every((each) => each === status)) throw new Error(`Expected ${status} everywhere, not ${all.join(', ')}.`);
}
