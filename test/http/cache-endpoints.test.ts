import test from 'ava';
import { prepareTables } from '../../src/storage/migrate.ts';
import { legacyRows, legacyTables } from '../storage/legacy-tables.ts';
import { startMariadb } from '../support/mariadb.ts';
import { startPostgres } from '../support/postgres.ts';
import { ask, bearer, startService } from '../support/service.ts';
import { ofServer } from '../support/stores.ts';

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
    for (const [method, path] of ROUTES) {
      const answer = await fetch(`${service.url}/cache/${path}`, { method, headers: operator });
      t.is(answer.status, 200, `${method} ${path}: ${await answer.text()}`);
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
