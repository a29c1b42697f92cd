import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startPostgres } from '../support/postgres.ts';
import { startService } from '../support/service.ts';
import { ofServer } from '../support/stores.ts';

/** A beat of the channel, another until it opens again, and what a busy machine adds. */
const BOUND_MS = 3_000;

test('PostgreSQL is not relied on while one of the triggers that tell of changes is missing or does not fire', async (t) => {
  const database = ofServer('PostgreSQL', await startPostgres());
  t.teardown(() => database.stop());
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  const service = await startService(database.settings);
  t.teardown(() => service.stop());
  async function becomes(state: string): Promise<boolean> {
    for (const start = performance.now(); performance.now() - start < BOUND_MS; await delay(20)) {
      const { invalidation } = (await (await fetch(`${service.url}/readyz`)).json()) as { invalidation: object };
      if ((invalidation as { postgres?: string }).postgres === state) return true;
    }
    return false;
  }
  const keys = 'ALTER TABLE prefect_api_keys';
  const accounts = 'ALTER TABLE prefect_accounts';
  for (const [fail, mend] of [
    [`${keys} DISABLE TRIGGER prefect_auth_changed_key`, `${keys} ENABLE TRIGGER prefect_auth_changed_key`],
    [`${accounts} DISABLE TRIGGER ALL`, `${accounts} ENABLE ALWAYS TRIGGER prefect_auth_changed_accounts`],
    [`${keys} RENAME TO elsewhere`, 'ALTER TABLE elsewhere RENAME TO prefect_api_keys'],
  ] as const) {
    t.true(await becomes('ok'));
    await database.sql(fail);
    t.true(await becomes('lost'), fail);
    await database.sql(mend);
    t.true(await becomes('ok'), mend);
  }
});
