import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { digestOf } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import { baseEnvironment } from '../support/process/child-process.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { legacyTables } from './legacy-tables.ts';

const program = join(import.meta.dirname, 'change-until-killed.ts');
const databases: TestDatabase[] = [];

test.before(async () => {
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  databases.push(ofServer('PostgreSQL', postgres), ofServer('MariaDB', mariadb));
});

test.after.always(async () => {
  for (const database of databases) await database.stop();
});

/** Kills the program so many milliseconds after it began. @returns whether it had come to its end by then */
async function killAfter(database: TestDatabase, what: string, milliseconds: number): Promise<boolean> {
  const env = { ...baseEnvironment('/tmp'), ...database.settings };
  const child = spawn(process.execPath, [program, what], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let output = '';
  const begins = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('begins')) resolve();
    });
  });
  await Promise.race([begins, closed]);
  await Promise.race([sleep(milliseconds), closed]);
  child.kill('SIGKILL');
  await closed;
  return output.includes('done');
}

async function reset(database: TestDatabase): Promise<void> {
  await database.sql('DROP TABLE IF EXISTS prefect_api_keys, prefect_accounts, prefect_auth_migrations');
}

test.serial('kill -9 while keys are created and rotated leaves every key whole', async (t) => {
  t.timeout(180_000);
  for (const database of databases) {
    await reset(database);
    const store = await database.open();
    await prepareTables(store.sequelize);
    for (const [what, milliseconds] of [
      ['create', 400],
      ['rotate', 300],
      ['rotate', 450],
      ['rotate', 600],
    ] as const) {
      await store.sequelize.query("DELETE FROM prefect_api_keys WHERE user_id = 'killed'");
      await killAfter(database, what, milliseconds);
      const { keys } = await store.keys.list({ userId: 'killed', limit: 100_000 }, new Date());
      t.true(keys.length > 0, `${database.name}: ${what} got as far as ${keys.length} keys`);
      const ids = new Set(keys.map((key) => key.id));
      for (const key of keys) {
        t.true(key.replacedBy === undefined || ids.has(key.replacedBy), 'a successor that is named is there');
        t.true(key.expiresAt > key.validFrom && !key.isCleartext);
      }
      if (what === 'rotate')
        t.is(keys.filter((key) => key.replacedBy === undefined).length, 1, 'one key is left standing');
    }
    await store.close();
  }
});

test.serial('kill -9 while a table is migrated leaves it readable, and the migration can be run again', async (t) => {
  t.timeout(240_000);
  for (const database of databases) {
    await reset(database);
    const table = legacyTables.find(({ dialect }) => dialect === database.dialect);
    await database.sql(`${table?.create}`);
    await database.sql(manyRows(database));
    const reader = await database.open();
    const find = async () => (await reader.keys.find(digestOf('Key777')))?.key;
    const before = await find();
    t.is(before?.userId, 'user777');
    let kills = 0;
    for (
      let milliseconds = 30;
      !(await killAfter(database, 'migrate', milliseconds));
      milliseconds = Math.ceil(milliseconds * 1.7)
    ) {
      kills++;
      t.deepEqual(await find(), before, `${database.name}, killed after ${milliseconds} ms`);
    }
    t.true(kills > 0, 'it was killed at least once');
    t.log(`${database.name}: killed ${kills} times`);
    t.deepEqual(await find(), before);
    const [row] = await database.sql(
      "SELECT COUNT(*) AS rows_found, COUNT(DISTINCT key_id) AS ids FROM prefect_api_keys WHERE api_key LIKE 'sha256:%'",
    );
    t.deepEqual([Number(row?.rows_found), Number(row?.ids)], [ROWS, ROWS]);
    await reader.close();
  }
});

const ROWS = 20_000;

function manyRows(database: TestDatabase): string {
  const series =
    database.dialect === 'mysql' ? `seq_1_to_${ROWS}` : `(SELECT generate_series(1, ${ROWS}) AS seq) AS numbers`;
  const text = (prefix: string) => (database.dialect === 'mysql' ? `CONCAT('${prefix}', seq)` : `'${prefix}' || seq`);
  return `INSERT INTO prefect_api_keys (user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by)
    SELECT ${text('user')}, 'query/*', ${text('Key')}, '2024-01-01 00:00:00', '2036-01-01 00:00:00', '2024-01-01 00:00:00', '2024-01-01 00:00:00', 'sql', 'sql' FROM ${series}`;
}
