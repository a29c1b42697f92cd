import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { runCli } from '../support/process/run-cli.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { logStatements, postgresLog } from '../support/servers/statement-log.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { legacyRows, legacyTables } from './legacy-tables.ts';

const databases: TestDatabase[] = [];

test.before(async () => {
  const [postgres, mariadb] = await Promise.all([startPostgres({ settings: postgresLog }), startMariadb()]);
  databases.push(ofServer('PostgreSQL', postgres), ofServer('MariaDB', mariadb));
});

test.after.always(async () => {
  for (const database of databases) await database.stop();
});

/** Of rows in clear: one of a word, one as long as a digest's half, one that SQL has to quote. */
const IN_CLEAR = ['TestKey001', '0123456789abcdef', `O'Key"\\001`];
const IMPORTED = 'ImportedKey001';

test('no statement names a presented key, be it looked up, shown, revoked, imported or migrated', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-statements-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const database of databases) {
    const { settings, server, dialect } = database;
    const table = legacyTables.find((each) => each.dialect === dialect);
    await database.sql(`${table?.create};${legacyRows()}`);
    const quoted = IN_CLEAR.map(
      (key) => `'${key.replaceAll("'", "''").replaceAll('\\', dialect === 'mysql' ? '\\\\' : '\\')}'`,
    );
    for (const [at, user] of ['USERID', 'zoé', "O''Brien"].entries()) {
      await database.sql(`UPDATE prefect_api_keys SET api_key = ${quoted[at]} WHERE user_id = '${user}'`);
    }
    const log = await logStatements(server as NonNullable<typeof server>);
    const presented = [...IN_CLEAR, generateKey(), 'sha256:presented', 'a guess', generateKey().slice(0, 16)];
    const file = (key: string) => {
      writeFileSync(join(folder, 'key'), key);
      return join(folder, 'key');
    };
    const store = await database.open();
    t.teardown(() => store.close());
    const isFound = async (key: string) => (await store.keys.find(digestOf(key))) !== undefined;

    for (const key of presented) t.is(await isFound(key), IN_CLEAR.includes(key), `${key} in ${database.name}`);
    for (const key of IN_CLEAR)
      t.is((await runCli(settings, ['keys', 'show', '--key-file', file(key)])).status, 0, key);
    // By mistake, where the id belongs.
    const mistaken = [IN_CLEAR[2] ?? '', presented[3] ?? ''];
    for (const key of mistaken) t.is((await runCli(settings, ['keys', 'show', '--', key])).status, 3, key);
    t.is((await runCli(settings, ['keys', 'revoke', '--key-file', file(IN_CLEAR[0] ?? '')])).status, 0);
    t.is((await runCli(settings, ['migrate', '--yes', '--keep-cleartext'])).status, 0);
    for (const key of presented) t.is(await isFound(key), IN_CLEAR.includes(key), `${key}, migrated`);
    for (const key of mistaken) t.is((await runCli(settings, ['keys', 'show', '--', key])).status, 3, key);
    t.is((await runCli(settings, ['keys', 'revoke', '--key-file', file(IN_CLEAR[1] ?? '')])).status, 0);
    const csv = [
      'user_id,scopes,api_key,key_issu_dt,key_expr_dt',
      `eve,query/*,${IMPORTED},2026-01-01 00:00:00,2036-01-01 00:00:00`,
      `USERID,query/*,${IN_CLEAR[0]},2026-01-01 00:00:00,2036-01-01 00:00:00`,
    ].join('\n');
    t.regex((await runCli(settings, ['keys', 'import', '-'], { input: csv })).stdout, /^1 keys .* 1 were/);
    t.is((await runCli(settings, ['migrate', '--yes'])).status, 0);
    for (const key of [...IN_CLEAR, IMPORTED]) t.true(await isFound(key), `${key}, as a digest`);

    const statements = await log.read();
    t.true(statements.includes(digestOf(IN_CLEAR[0] ?? '')), 'statements are written down');
    for (const key of [...presented, IMPORTED]) {
      const forms = [key, JSON.stringify(key).slice(1, -1), key.replaceAll("'", "''"), encodeURIComponent(key)];
      for (const form of forms) t.false(statements.includes(form), `${form} in ${database.name}`);
    }
  }
});
