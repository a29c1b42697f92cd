import test from 'ava';
import { createManageAccounts } from '../../src/keys/manage-accounts.ts';
import { createManageKeys, type KeyChange } from '../../src/keys/manage-keys.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { startDatabases } from '../support/service/stores.ts';

let store: Store;
let end: () => Promise<unknown>;

test.before(async () => {
  const databases = await startDatabases();
  const embedded = databases.find(({ server }) => server === undefined);
  if (embedded === undefined) throw new Error('There is no embedded database.');
  store = await embedded.open();
  end = async () => {
    await store.close();
    for (const database of databases) await database.stop();
  };
});

test.after.always(() => end());

const now = new Date();
const request = { userId: 'alice', scopes: 'query/*', validFrom: now, issuedBy: 'test' };
const newKey = { ...request, expiresAt: new Date(now.getTime() + 3_600_000) };

function listen() {
  const heard: string[] = [];
  const record = ({ operation, key }: KeyChange) => heard.push(`record ${operation} ${key.id}`);
  const manage = createManageKeys(store.keys, { record, notify: async (id) => heard.push(`notify ${id}`) });
  return { heard, manage };
}

test.serial('each change of a key is recorded, and every instance is notified', async (t) => {
  const { heard, manage } = listen();
  const { apiKey } = await manage.create(newKey);
  const successor = await manage.rotate(apiKey.id, { now, graceMs: 0, rotatedBy: 'test' });
  await manage.revoke(successor.apiKey.id, new Date(), 'test');
  t.deepEqual(heard, [
    `record admin/keys/create ${apiKey.id}`,
    `notify ${apiKey.id}`,
    `record admin/keys/rotate ${apiKey.id}`,
    `notify ${apiKey.id}`,
    `record admin/keys/revoke ${successor.apiKey.id}`,
    `notify ${successor.apiKey.id}`,
  ]);
});

test.serial('a change that cannot be made is neither recorded nor notified', async (t) => {
  const { heard, manage } = listen();
  const unknown = '0123456789abcdef';
  await t.throwsAsync(manage.create({ ...newKey, expiresAt: new Date(0) }), { name: 'KeyProblem' });
  await t.throwsAsync(manage.create({ ...newKey, userId: '' }), { name: 'KeyProblem' });
  await t.throwsAsync(manage.rotate(unknown, { now, graceMs: 0, rotatedBy: 'test' }), { name: 'KeyProblem' });
  await t.throwsAsync(manage.revoke(unknown, now, 'test'), { name: 'KeyProblem' });
  t.deepEqual(heard, []);
});

test.serial('a key cannot be rotated twice, and the second try is not heard of', async (t) => {
  const { heard, manage } = listen();
  const { apiKey } = await manage.create(newKey);
  await manage.rotate(apiKey.id, { now, graceMs: 60_000, rotatedBy: 'test' });
  const before = heard.length;
  await t.throwsAsync(manage.rotate(apiKey.id, { now, graceMs: 60_000, rotatedBy: 'test' }), { name: 'KeyProblem' });
  t.is(heard.length, before);
});

test.serial('each change of an account notifies every instance', async (t) => {
  let notified = 0;
  const manage = createManageAccounts(store.accounts, async () => (notified += 1));
  await manage.set({ userId: 'bob', kind: 'user', description: '' }, 'test');
  t.is(notified, 1);
  await manage.remove('bob', new Date(), 'test');
  t.is(notified, 2);
  await t.throwsAsync(manage.remove('bob', new Date(), 'test'), { name: 'KeyProblem' });
  t.is(notified, 2);
});
