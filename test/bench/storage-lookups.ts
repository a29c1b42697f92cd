import { digestOf } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { fillKeys, secretOf } from './filled-database.ts';

/** `node test/bench/storage-lookups.ts [rows]`: what a look-up that misses the cache costs in a table of a million keys. */
const ROWS = Number(process.argv[2] ?? 1_000_000);
const LOOKUPS = 5_000;

const databases = [
  ofServer('PostgreSQL', await startPostgres({ settings: { shared_buffers: '512MB' } })),
  ofServer(
    'MariaDB',
    await startMariadb({ settings: { 'innodb-buffer-pool-size': '1G', 'innodb-log-file-size': '256M' } }),
  ),
];
try {
  for (const database of databases) await measure(database);
} finally {
  for (const database of databases) await database.stop();
}

async function measure(database: TestDatabase): Promise<void> {
  const store = await database.open({ DB_TIMEOUT: '30' });
  await prepareTables(store.sequelize);
  await fillKeys(database, ROWS);
  await lookUp(store, 500);
  const { found, nothing } = await lookUp(store, LOOKUPS);
  const startedAt = performance.now();
  const page = await store.keys.list({ limit: 100 }, new Date());
  const next = await store.keys.list({ limit: 100, after: page.next ?? '' }, new Date());
  const pages = performance.now() - startedAt;
  console.log(`${database.name}, ${ROWS} keys
  a look-up: ${describe(found)}
  SELECT 1:  ${describe(nothing)}
  two pages of ${next.keys.length} keys: ${pages.toFixed(1)} ms`);
  await store.close();
}

/** In turns with a query that looks nothing up: what that takes is the machine's, and no table's. */
async function lookUp(store: Store, count: number): Promise<{ found: number[]; nothing: number[] }> {
  const found: number[] = [];
  const nothing: number[] = [];
  for (let done = 0; done < count; done++) {
    const secret = secretOf(1 + Math.floor(Math.random() * ROWS));
    const startedAt = performance.now();
    const key = await store.keys.find(digestOf(secret));
    found.push(performance.now() - startedAt);
    if (key === undefined) throw new Error(`${secret} was not found.`);
    const nothingAt = performance.now();
    await store.sequelize.query('SELECT 1');
    nothing.push(performance.now() - nothingAt);
  }
  return { found: found.sort((a, b) => a - b), nothing: nothing.sort((a, b) => a - b) };
}

function describe(times: readonly number[]): string {
  const at = (share: number) => `${times[Math.floor(times.length * share)]?.toFixed(2)} ms`;
  return `median ${at(0.5)}, 95th percentile ${at(0.95)}, 99th ${at(0.99)}, worst ${at(1 - 1 / times.length)}`;
}
