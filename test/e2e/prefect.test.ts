import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { installPrefect, startPrefect } from '../support/servers/prefect.ts';

test("a Prefect server's log tells every request that arrived", async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'prefect-auth-'));
  t.teardown(() => rm(home, { recursive: true }));
  const server = await startPrefect(await installPrefect(), home);
  t.teardown(() => server.stop());
  t.true((await fetch(`http://${server.address}/api/admin/version`)).ok);
  t.deepEqual(await server.arrivals(), ['GET /api/admin/version']);
});
