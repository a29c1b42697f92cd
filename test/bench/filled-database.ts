import { prepareTables } from '../../src/storage/migrate.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';

/** A PostgreSQL whose table holds the keys of `secretOf(1)` to `secretOf(count)`, of runners. */
export async function startFilledPostgres(count: number): Promise<TestDatabase> {
  const database = ofServer('PostgreSQL', await startPostgres({ settings: { shared_buffers: '512MB' } }));
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  await fillKeys(database, count);
  return database;
}

export function secretOf(number: number): string {
  return `Secret${number}`;
}

/** By SQL alone: a million keys in seconds. */
export async function fillKeys(database: TestDatabase, count: number): Promise<void> {
  const isMysql = database.dialect === 'mysql';
  const series = isMysql ? `seq_1_to_${count}` : `(SELECT generate_series(1, ${count}) AS seq) AS numbers`;
  const digest = isMysql
    ? "CONCAT('sha256:', SHA2(CONCAT('Secret', seq), 256))"
    : "'sha256:' || encode(sha256(convert_to('Secret' || seq, 'UTF8')), 'hex')";
  const id = isMysql ? 'LPAD(HEX(seq), 16, 0)' : "lpad(to_hex(seq), 16, '0')";
  const user = isMysql ? "CONCAT('user', seq % 5000)" : "'user' || seq % 5000";
  await database.sql(`INSERT INTO prefect_api_keys (key_id, user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by)
    SELECT ${id}, ${user}, 'role:runner', ${digest}, '2026-01-01 00:00:00', '2036-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'sql', 'sql' FROM ${series}`);
  await database.sql(isMysql ? 'ANALYZE TABLE prefect_api_keys' : 'ANALYZE prefect_api_keys');
}
