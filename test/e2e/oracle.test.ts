import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { listEffects } from '../effects/found-effects.ts';
import { knownEffects, missingOf } from '../effects/known-effects.ts';
import { describe, readReviews, reviewOf } from '../effects/reviewed-effects.ts';
import { runOracle } from '../effects/run-oracle.ts';
import { installPrefect } from '../support/servers/prefect.ts';

/** Those of the known effects, and some that do no more than their names say. */
const SAMPLE = String.raw`^(PATCH /(block_documents|variables)/\{id\}|POST /block_schemas/|POST /deployments/\{id\}/create_flow_run|POST /ui/schemas/validate|PATCH /work_pools/\{name\}|GET /block_documents/\{id\}|POST /flows/|WS /events/out)$`;

test('the effect oracle finds what is known without being told, and nothing that nobody reviewed', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'prefect-auth-effects-'));
  t.teardown(() => rm(home, { recursive: true }));
  const found = listEffects(await runOracle(await installPrefect(), home, { only: SAMPLE, pairs: 'schemas/validate' }));
  const reviews = readReviews();

  t.deepEqual(missingOf(knownEffects, found), []);
  t.deepEqual(found.filter((each) => reviewOf(each, reviews) === undefined).map(describe), []);
});
