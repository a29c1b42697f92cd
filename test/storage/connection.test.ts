import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { limitQueries } from '../../src/storage/limit-queries.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { makeCertificates } from '../support/servers/certificates.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { digTunnel } from '../support/servers/tunnel.ts';
import { ask, bearer, startService } from '../support/service/service.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { SETTLED_MS } from '../support/timing.ts';

const databases: TestDatabase[] = [];
const { ca, certificate, key } = makeCertificates('localhost');
let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prefect-auth-connection-'));
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'other-ca.crt'), makeCertificates('localhost').ca);
  const [postgres, mariadb] = await Promise.all([
    startPostgres({
      settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' },
      files: { 'server.crt': certificate, 'server.key': key },
    }),
    startMariadb({
      settings: { 'ssl-cert': '{folder}/server.crt', 'ssl-key': '{folder}/server.key' },
      files: { 'server.crt': certificate, 'server.key': key },
    }),
  ]);
  databases.push(ofServer('PostgreSQL', postgres), ofServer('MariaDB', mariadb));
  for (const database of databases) {
    const store = await database.open();
    await prepareTables(store.sequelize);
    await store.close();
  }
});

test.after.always(async () => {
  for (const database of databases) await database.stop();
  await rm(folder, { recursive: true, force: true });
});

async function statusOf(url: string, key: string): Promise<number> {
  return (await ask(url, { headers: bearer(key) })).status;
}

async function issue(store: Store): Promise<string> {
  const secret = generateKey();
  const now = Date.now();
  const request = {
    userId: 'alice',
    scopes: 'query/*',
    validFrom: new Date(now - 1000),
    expiresAt: new Date(now + 3_600_000),
    issuedBy: 'test',
  };
  await store.keys.insert(request, digestOf(secret));
  return secret;
}

const find = async (store: Store, secret: string) => (await store.keys.find(digestOf(secret)))?.key;

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('It did not come true within 20 s.');
    await sleep(100);
  }
}

test.serial('a connection with TLS checks the authority and the host name', async (t) => {
  const isEncrypted = {
    postgres: 'SELECT ssl::text AS answer FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    mysql:
      "SELECT variable_value <> '' AS answer FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
  };
  for (const database of databases) {
    const withTls = (settings: Record<string, string>) =>
      database.open({ DB_SSL: 'true', DB_TIMEOUT: '5', ...settings });
    const ours = { DB_SSL_CA: join(folder, 'ca.crt') };
    const right = await withTls({ ...ours, DB_HOST: 'localhost' });
    const [rows] = await right.sequelize.query(isEncrypted[database.dialect]);
    t.regex(String((rows[0] as { answer: unknown }).answer), /^(true|1)$/, database.name);
    t.is(await find(right, 'nobody'), undefined);
    await right.close();
    const wrong = {
      'another authority': { DB_HOST: 'localhost', DB_SSL_CA: join(folder, 'other-ca.crt') },
      'an authority that the system does not know': { DB_HOST: 'localhost' },
      ...(database.dialect === 'postgres' && { 'another host name': { ...ours, DB_HOST: '127.0.0.1' } }),
    };
    for (const [what, settings] of Object.entries(wrong)) {
      const store = await withTls(settings);
      await t.throwsAsync(find(store, 'nobody'), undefined, `${database.name}: ${what}`);
      await store.close();
    }
  }
});

test.serial(
  'MariaDB under another name than that of its certificate is not trusted, nor under an address',
  async (t) => {
    const other = makeCertificates('db.example');
    await writeFile(join(folder, 'example-ca.crt'), other.ca);
    const server = await startMariadb({
      settings: { 'ssl-cert': '{folder}/server.crt', 'ssl-key': '{folder}/server.key' },
      files: { 'server.crt': other.certificate, 'server.key': other.key },
    });
    const database = ofServer('MariaDB', server);
    const tls = { DB_SSL: 'true', DB_SSL_CA: join(folder, 'example-ca.crt') };
    const store = await database.open({ ...tls, DB_HOST: 'localhost' });
    await t.throwsAsync(find(store, 'nobody'), { message: /altnames/ });
    await store.close();
    const open = async () => database.open(tls);
    await t.throwsAsync(open(), { message: /DB_HOST must be a host name/ });
    await server.stop();
  },
);

test.serial('a DB_SSL_CA that cannot be read is told by name', async (t) => {
  const open = async () => databases[0]?.open({ DB_SSL_CA: join(folder, 'nothing') });
  await t.throwsAsync(open(), { message: /DB_SSL_CA cannot be read/ });
});

test.serial(
  'a database that is killed is a fault, never an unknown key, and is used again once it is back',
  async (t) => {
    for (const database of databases) {
      const store = await database.open({ DB_TIMEOUT: '2' });
      const secret = await issue(store);
      t.truthy(await find(store, secret));
      await database.server?.kill();
      for (let count = 0; count < 3; count++) {
        await t.throwsAsync(find(store, secret), undefined, database.name);
        await t.throwsAsync(find(store, 'nobody'), undefined, database.name);
      }
      await database.server?.restart();
      t.is((await find(store, secret))?.userId, 'alice', `${database.name}: at the first try`);
      await Promise.all(Array.from({ length: 30 }, async () => t.truthy(await find(store, secret))));
      await store.close();
    }
  },
);

test.serial('a database that hangs is a fault after DB_TIMEOUT', async (t) => {
  for (const database of databases) {
    const store = await database.open({ DB_TIMEOUT: '1' });
    const secret = await issue(store);
    const service = await startService({ ...database.settings, DB_TIMEOUT: '1' });
    t.is((await fetch(`${service.url}/readyz`)).status, 200);
    database.server?.signal('SIGSTOP');
    const startedAt = Date.now();
    await t.throwsAsync(find(store, secret), { message: /did not answer within 1000 ms/ }, database.name);
    t.true(Date.now() - startedAt < 2_000);
    t.is((await fetch(`${service.url}/readyz`, { signal: AbortSignal.timeout(5_000) })).status, 503);
    database.server?.signal('SIGCONT');
    await eventually(async () => (await find(store, secret)) !== undefined);
    await store.close();
    await service.stop();
    t.pass();
  }
});

test.serial('a connection whose other end vanished without a word is given up, and another one made', async (t) => {
  for (const database of databases) {
    const tunnel = await digTunnel(database.server?.port ?? 0);
    const store = await database.open({ DB_PORT: `${tunnel.port}`, DB_TIMEOUT: '1', DB_POOL_SIZE: '1' });
    limitQueries(store, 1_000);
    const secret = await issue(store);
    const works: Record<string, () => Promise<unknown>> = {
      'a lookup': async () => {
        tunnel.vanish();
        await find(store, secret);
      },
      'a change': async () => {
        tunnel.vanish();
        await issue(store);
      },
      'the middle of a change': () =>
        store.sequelize.transaction(async (transaction) => {
          await store.sequelize.query('SELECT 1', { transaction });
          tunnel.vanish();
          await store.sequelize.query('SELECT 1', { transaction });
        }),
    };
    for (const [what, work] of Object.entries(works)) {
      t.truthy(await find(store, secret));
      const startedAt = Date.now();
      await t.throwsAsync(work(), { message: /did not answer within 1000 ms/ }, `${database.name}: ${what}`);
      t.true(Date.now() - startedAt < 3_000);
      t.is((await find(store, secret))?.userId, 'alice', `${database.name}: after ${what}`);
    }
    tunnel.vanish();
    await t.throwsAsync(find(store, secret));
    await store.close();
    await tunnel.stop();
  }
});

test.serial(
  'a service looks keys up again as soon as its database can be reached, whatever was on its way',
  async (t) => {
    for (const database of databases) {
      const tunnel = await digTunnel(database.server?.port ?? 0);
      const settings = { DB_PORT: `${tunnel.port}`, DB_TIMEOUT: '1', DB_POOL_SIZE: '2', CACHE_TTL: '0' };
      const service = await startService({ ...database.settings, ...settings });
      const { key } = await service.issue('*');
      const statusOfKnown = async () => (await ask(service.url, { headers: bearer(key) })).status;
      t.is(await statusOfKnown(), 200);
      tunnel.vanish();
      const others = Array.from({ length: 5 }, () => ask(service.url, { headers: bearer(generateKey()) }));
      for (const { status } of await Promise.all(others))
        t.true([401, 503].includes(status), `${database.name}: ${status}`);
      t.is(await statusOfKnown(), 200, database.name);
      t.is((await ask(service.url, { headers: bearer(generateKey()) })).status, 401, database.name);
      await service.stop();
      await tunnel.stop();
    }
  },
);

test.serial('a key that is revoked as all connections vanish is refused soon, however many there were', async (t) => {
  t.timeout(60_000);
  for (const database of databases) {
    const tunnel = await digTunnel(database.server?.port ?? 0);
    const service = await startService({ ...database.settings, DB_PORT: `${tunnel.port}` });
    const { key, id } = await service.issue('*');
    const others = await Promise.all(Array.from({ length: 30 }, () => service.issue('*')));
    const askAll = () =>
      Promise.all([key, ...others.map((other) => other.key)].map((each) => statusOf(service.url, each)));
    await sleep(SETTLED_MS);
    t.deepEqual(await askAll(), Array(31).fill(200));
    tunnel.vanish();
    await database.sql(`UPDATE prefect_api_keys SET revoked_dt = CURRENT_TIMESTAMP WHERE key_id = '${id}'`);
    const start = performance.now();
    while ((await statusOf(service.url, key)) !== 401 && performance.now() - start < 20_000) await sleep(50);
    const milliseconds = performance.now() - start;
    t.true(milliseconds < 3_000, `${database.name}: ${Math.round(milliseconds)} ms`);
    await service.stop();
    await tunnel.stop();
  }
});

test.serial('a service starts before its database does, answers 503, and then decides', async (t) => {
  for (const database of databases) {
    const store = await database.open();
    const secret = await issue(store);
    await store.close();
    await database.server?.kill();
    const service = await startService({ ...database.settings, DB_TIMEOUT: '1' });
    const original = { method: 'POST', uri: '/api/flows/filter' };
    for (const presented of [secret, 'nobody']) {
      const answer = await ask(service.url, { ...original, headers: bearer(presented) });
      t.is(answer.status, 503, `${database.name}: ${presented}`);
      t.is(answer.headers.get('X-Auth-User'), null);
    }
    t.is((await fetch(`${service.url}/readyz`)).status, 503);
    await database.server?.restart();
    await eventually(async () => (await ask(service.url, { ...original, headers: bearer(secret) })).status === 200);
    t.is((await ask(service.url, { ...original, headers: bearer('nobody') })).status, 401);
    await service.stop();
  }
});

test.serial('a warning at the start and /readyz tell how many keys are in clear', async (t) => {
  for (const database of databases) {
    await database.sql(`INSERT INTO prefect_api_keys
      (user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by) VALUES
      ('clear', '*', 'InClear1', '2026-01-01', '2036-01-01', '2026-01-01', '2026-01-01', 'sql', 'sql')`);
    const service = await startService(database.settings);
    t.like(await (await fetch(`${service.url}/readyz`)).json(), { status: 'ok', cleartextKeys: 1 });
    await eventually(async () => service.log().some((line) => /holds 1 keys in clear/.test(String(line.msg))));
    await service.stop();
    t.pass();
  }
});

test.serial('a read replica is asked while the database does not answer, and not before', async (t) => {
  const [database] = databases;
  const port = database?.server?.port ?? 0;
  const replica = ofServer('replica', await startPostgres({ host: '127.0.0.2', port }));
  const onReplica = await replica.open();
  await prepareTables(onReplica.sequelize);
  const lagging = await issue(onReplica);
  await onReplica.close();
  const store = await database?.open({ DB_READ_HOST: '127.0.0.2', DB_TIMEOUT: '1' });
  if (store === undefined) throw new Error('There is no database.');
  t.is(await find(store, lagging), undefined, 'what only the replica says does not count');
  await database?.server?.kill();
  t.true((await store.keys.find(digestOf(lagging)))?.isProvisional, 'it may have been revoked since');
  await replica.server?.kill();
  await t.throwsAsync(find(store, lagging));
  await database?.server?.restart();
  await store.close();
  await replica.stop();
});
