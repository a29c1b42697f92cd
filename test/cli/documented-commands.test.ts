import test from 'ava';
import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { findCommands, pages, readPage, readShellBlocks } from '../support/documentation.ts';
import { openCliDatabase } from '../support/service/cli-database.ts';

const database = openCliDatabase(test);

/** As the documentation names what a reader has: a key's id, files and a table. */
const ID = '3f9a0c5d1b2e4a67';
const KEY_FILE = 'leaked.txt';
const CSV_FILES = ['old-keys.csv', 'FILE.csv'];
const TABLE = 'old_prefect_api_keys';

const CSV = `user_id,scopes,api_key,key_issu_dt,key_expr_dt
carol,query/*,a-key-of-the-service-before,2026-01-01 00:00:00,2999-01-01 00:00:00
`;

/** Each once. `doctor` asks an installation, and has tests of its own. */
const seen = new Set(['doctor']);
const toRun = pages.flatMap((page) => {
  const commands = findCommands(readShellBlocks(readPage(page))).filter((words) => {
    const isNew = !seen.has(words[0] ?? '') && !seen.has(words.join(' '));
    seen.add(words.join(' '));
    return isNew;
  });
  return commands.length === 0 ? [] : [{ page, commands }];
});

test('there are commands to run', (t) => {
  t.true(toRun.flatMap(({ commands }) => commands).length >= 25);
});

test.serial('the service before has left a table', async (t) => {
  const { sequelize } = database().store;
  await sequelize.query(
    `CREATE TABLE ${TABLE} (user_id varchar(128), scopes varchar(2000), api_key varchar(128), key_issu_dt timestamp, key_expr_dt timestamp)`,
  );
  await sequelize.query(
    `INSERT INTO ${TABLE} VALUES ('dave', 'query/*', 'another-key-of-the-service-before', '2026-01-01', '2999-01-01')`,
  );
  t.pass();
});

for (const { page, commands } of toRun) {
  test.serial(`the commands of ${page} succeed, one after the other`, async (t) => {
    t.timeout(180_000);
    const { run, store, write } = database();
    for (const words of commands) {
      const key = generateKey();
      const validity = { validFrom: new Date(0), expiresAt: new Date(Date.now() + 86_400_000) };
      const alices = { userId: 'alice', scopes: 'role:owner', ...validity, issuedBy: 'test' };
      const apiKey = await store.keys.insert(alices, digestOf(key));
      const files = new Map<string, string>([[ID, apiKey.id]]);
      files.set(KEY_FILE, await write(KEY_FILE, key));
      for (const name of CSV_FILES) files.set(name, await write(name, CSV));
      const { status, stdout, stderr } = await run(words.map((word) => files.get(word) ?? word));
      t.is(status, 0, `${words.join(' ')}\n${stderr}`);
      t.not(stdout, '', words.join(' '));
    }
  });
}
