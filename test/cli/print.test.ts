import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readConfig } from '../../src/config/read-config.ts';
import { digestOf } from '../../src/keys/key-format.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { runCli } from '../support/process/run-cli.ts';

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** What a terminal obeys, what breaks a line or turns it around, and what nobody sees. */
const EVIL = 'a\u001b[2J\u009b31m\u0085b\u2028c\u202ed\u2066e\u200bf\u{e0041}\nforged line\tg';

test('nothing that the command line prints holds a character that does not print as itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-print-'));
  const store = await openStore(readConfig({ DATA_DIR: folder }));
  t.teardown(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const id = '0123456789abcdef';
  await store.sequelize.query(
    `INSERT INTO prefect_api_keys (key_id, user_id, scopes, api_key, description, key_issu_dt, key_expr_dt, creatd_dt,
       last_updatd_dt, creatd_by, last_updatd_by)
     VALUES (:id, :evil, 'query/*', :stored, :evil, now(), now() + interval '1 day', now(), now(), :evil, :evil)`,
    { replacements: { id, evil: EVIL, stored: `sha256:${digestOf('x')}` } },
  );
  await store.sequelize.query(
    `INSERT INTO prefect_accounts (user_id, kind, scopes, description, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by)
     VALUES (:evil, 'user', NULL, :evil, now(), now(), 'x', 'x')`,
    { replacements: { evil: EVIL } },
  );
  const shown: Record<string, string> = {};
  for (const words of [
    ['keys', 'list'],
    ['keys', 'list', '--json'],
    ['keys', 'show', id],
    ['keys', 'show', id, '--json'],
    ['keys', 'export'],
    ['keys', 'export', '--json'],
    ['accounts', 'list'],
    ['accounts', 'list', '--json'],
    ['keys', 'revoke', id],
    ['keys', 'rotate', id],
    ['accounts', 'set', EVIL],
    ['roles', 'show', EVIL],
    [EVIL],
    ['keys', 'list', `--${EVIL}`],
    ['explain', '--user', EVIL, 'GET', `/api/${EVIL}`],
  ]) {
    const { stdout, stderr } = await runCli({ DATA_DIR: folder }, words);
    shown[words.slice(0, 3).join(' ')] = stdout;
    for (const line of (stdout + stderr).split(/\r?\n/)) t.notRegex(line, HIDDEN, `${words}: ${line}`);
    t.true((stdout + stderr).length > 0, words.join(' '));
  }
  t.is(JSON.parse(shown['keys list --json'] ?? '')[0].userId, EVIL);
  t.is(JSON.parse(shown['accounts list --json'] ?? '')[0].description, EVIL);
  t.notRegex(shown['keys list'] ?? '', /^forged/m);
  t.notRegex(shown[`keys show ${id}`] ?? '', /^forged/m);
});
