import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { readConfig } from '../../src/config/read-config.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { ask, bearer, startService } from '../support/service/service.ts';

const WORTHLESS = 'role:developer !query/read_block_secrets';
const inAnHour = () => new Date(Date.now() + 3_600_000);

test('a platform cannot issue a key whose denial does not help', async (t) => {
  const service = await startService();
  t.teardown(() => service.stop());
  const { key } = await service.issue('*, admin/keys/*', { to: 7_200_000 });
  const create = (scopes: string) =>
    fetch(`${service.url}/admin/keys`, {
      method: 'POST',
      headers: { ...bearer(key), 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'ci', scopes, expiresAt: inAnHour() }),
    });
  const refused = await create(WORTHLESS);
  t.is(refused.status, 400);
  t.regex(await refused.text(), /mutation\/create_deployment, granted by role:developer/);
  t.is((await create('role:viewer !query/read_settings')).status, 201);
});

test('older keys and roles whose denials do not help are counted, logged, and go on', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const grants = [{ scopes: ['query/*', 'mutation/*'], why: 'All but secrets.' }];
  const file = join(folder, 'roles.json');
  const careful = [{ scopes: ['query/*'], why: 'Reading, but not secrets.' }];
  await writeFile(
    file,
    JSON.stringify({
      careless: { description: 'x', grants, excludes: ['query/read_block_secrets'] },
      careful: { description: 'x', grants: careful, excludes: ['query/read_block_secrets'] },
    }),
  );
  const store = await openStore(readConfig({ DATA_DIR: join(folder, 'data') }));
  const terms = { validFrom: new Date(0), issuedBy: 'test' };
  const keys = [
    { ...terms, userId: 'a', scopes: WORTHLESS, expiresAt: inAnHour() },
    { ...terms, userId: 'b', scopes: WORTHLESS, expiresAt: inAnHour() },
    { ...terms, userId: 'c', scopes: WORTHLESS, expiresAt: new Date(1000) },
    { ...terms, userId: 'd', scopes: 'role:viewer !query/read_settings', expiresAt: inAnHour() },
  ];
  for (const [index, key] of keys.entries()) await store.keys.insert(key, `sha256:${`${index}`.repeat(64)}`);
  await store.accounts.set({ userId: 'e', kind: 'user', scopes: '* !mutation/delete_*', description: '' }, 'test');
  await store.close();

  const service = await startService({ DATA_DIR: join(folder, 'data'), ROLES_FILE: file });
  t.teardown(() => service.stop());
  t.like(await (await fetch(`${service.url}/readyz`)).json(), { status: 'ok', worthlessDenials: 4 });
  const { key, id } = await service.issue(WORTHLESS);
  t.is((await ask(service.url, { method: 'POST', headers: bearer(key) })).status, 200);
  await sleep(100);
  const warnings = service.log().filter(({ level }) => level === 40);
  t.true(warnings.some(({ role, msg }) => role === 'careless' && /does not help/.test(`${msg}`)));
  t.false(warnings.some(({ role }) => role === 'careful'));
  t.true(warnings.some(({ worthlessDenials }) => worthlessDenials === 4));
  t.true(warnings.some(({ keyId, msg }) => keyId === id && /does not help/.test(`${msg}`)));
});
