import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startPgbouncer } from '../support/servers/pgbouncer.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ask, bearer, startService } from '../support/service/service.ts';
import { ofServer } from '../support/service/stores.ts';
import { BOUND_MS, SETTLED_MS } from '../support/timing.ts';

for (const [poolMode, state] of [
  ['session', 'ok'],
  ['transaction', 'lost'],
] as const) {
  test(`a revoked key is refused in time behind a pooler of mode ${poolMode}, whose word is known to be ${state}`, async (t) => {
    t.timeout(120_000);
    const server = await startPostgres();
    const database = ofServer('PostgreSQL', server);
    t.teardown(() => database.stop());
    const store = await database.open();
    await prepareTables(store.sequelize);
    await store.close();
    const pooler = await startPgbouncer(server, poolMode);
    t.teardown(() => pooler.stop());
    const service = await startService({ ...server.settings, DB_PORT: `${pooler.port}` });
    t.teardown(() => service.stop());
    const { key, id } = await service.issue('*');
    // Until what was found is kept for long.
    await delay(SETTLED_MS);
    const statusOf = async () => (await ask(service.url, { headers: bearer(key) })).status;
    t.is(await statusOf(), 200);
    t.like(await (await fetch(`${service.url}/readyz`)).json(), { invalidation: { postgres: state } });
    await database.sql(`UPDATE prefect_api_keys SET revoked_dt = now() WHERE key_id = '${id}'`);
    const start = performance.now();
    let status = await statusOf();
    while (status === 200 && performance.now() - start < BOUND_MS) {
      await delay(20);
      status = await statusOf();
    }
    t.is(status, 401);
  });
}
