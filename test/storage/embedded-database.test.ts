import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { startEmbeddedDatabase } from '../../src/storage/embedded-database.ts';

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('nobody else reaches the database, nor its socket, in a folder that is open to all', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'prefect-auth-open-'));
  t.teardown(() => rm(dataDir, { recursive: true }));
  await chmod(dataDir, 0o777);
  await mkdir(join(dataDir, 'database'));
  await chmod(join(dataDir, 'database'), 0o777);
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  const database = await startEmbeddedDatabase(dataDir);
  t.teardown(() => database.close());
  t.is(await modeOf(join(dataDir, 'database')), '700');
  t.is(await modeOf(join(database.socketFolder, '.s.PGSQL.5432')), '600');
  // The socket has the mode of the umask at first; its folder has to keep the others out.
  t.is(await modeOf(database.socketFolder), '700');
  t.is(dirname(database.socketFolder), dataDir);
  t.is(await modeOf(dataDir), '777', 'the folder itself is not ours');
});
