import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { digestOf } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { legacyRows, legacyTables } from '../storage/legacy-tables.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ask, bearer, startService } from '../support/service/service.ts';
import { ofServer } from '../support/service/stores.ts';
import { WORD_MS } from '../support/timing.ts';

const LOOKS_MS = 2_000;
const ROUTES = [
  ['POST', 'reset'],
  ['DELETE', 'testkey001'],
] as const;

for (const { name, dialect, create, creation } of legacyTables) {
  test(`what an operator has forgotten is forgotten everywhere, in ${name} without migration`, async (t) => {
    const database = ofServer(name, await (dialect === 'mysql' ? startMariadb() : startPostgres()));
    t.teardown(() => database.stop());
    await database.sql(`${create}; ${legacyRows(creation)}`);
    const scopes = "UPDATE prefect_api_keys SET scopes = 'query/*, admin/*' WHERE api_key = 'testkey001'";
    await database.sql(scopes);
    const service = await startService(database.settings);
    t.teardown(() => service.stop());
    const operator = bearer('testkey001');
    t.is((await ask(service.url, { headers: operator })).status, 200);
    // Also while the service looks anew whether it would hear of changes, as it does twice a second.
    const until = performance.now() + LOOKS_MS;
    while (performance.now() < until) {
      for (const [method, path] of ROUTES) {
        const answer = await fetch(`${service.url}/cache/${path}`, { method, headers: operator });
        t.is(answer.status, 200, `${method} ${path}: ${await answer.text()}`);
      }
    }
  });
}

for (const [name, start] of [
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
] as const) {
  test(`an operator hears that the others could not be told, while ${name} is down`, async (t) => {
    const server = await start();
    const database = ofServer(name, server);
    t.teardown(() => database.stop());
    const store = await database.open();
    await prepareTables(store.sequelize);
    await store.close();
    const service = await startService(database.settings);
    t.teardown(() => service.stop());
    const operator = await service.issue('admin/cache');
    const subject = await service.issue('*');
    await delay(WORD_MS);
    for (const { key } of [operator, subject]) await ask(service.url, { headers: bearer(key) });
    await server.kill();
    for (const path of [subject.id, 'reset']) {
      const method = path === 'reset' ? 'POST' : 'DELETE';
      const answer = await fetch(`${service.url}/cache/${path}`, { method, headers: bearer(operator.key) });
      t.is(answer.status, 503);
      t.regex(await answer.text(), /^\{"detail":"On this instance: .*The others could not be told/);
      t.is((await ask(service.url, { headers: bearer(subject.key) })).status, 503, 'it is forgotten here');
    }
  });
}

test('a key that an operator has forgotten is not written down for the others', async (t) => {
  const database = ofServer('MariaDB', await startMariadb());
  t.teardown(() => database.stop());
  const store = await database.open();
  t.teardown(() => store.close());
  await prepareTables(store.sequelize);
  const service = await startService(database.settings);
  t.teardown(() => service.stop());
  const operator = await service.issue('admin/cache');
  const { key, id } = await service.issue('*');
  for (const given of [key, id, 'typed-by-people', 'x'.repeat(100)]) {
    const answer = await fetch(`${service.url}/cache/${given}`, { method: 'DELETE', headers: bearer(operator.key) });
    t.is(answer.status, 200, given);
  }
  const [rows] = await store.sequelize.query('SELECT changed FROM prefect_auth_changes');
  const changes = (rows as { changed: string }[]).map(({ changed }) => changed);
  const digests = [key, id, 'typed-by-people', 'x'.repeat(100)].map(digestOf);
  t.deepEqual(changes.sort(), [...digests, id, '*'].sort());
});
