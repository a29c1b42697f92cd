import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { listEffects } from '../effects/found-effects.ts';
import { knownEffects, missingOf } from '../effects/known-effects.ts';
import { describe, readReviews, reviewOf } from '../effects/reviewed-effects.ts';
import { runOracle } from '../effects/run-oracle.ts';
import { installPrefect } from '../support/prefect.ts';

const NEWEST = '3';
const MOST_MS = 55 * 60_000;

for (const release of ['2.20', '3.4', '3.8', NEWEST]) {
  test.serial(`Prefect ${release} has no effect that nobody reviewed`, async (t) => {
    t.timeout(MOST_MS);
    const home = await mkdtemp(join(tmpdir(), 'prefect-auth-effects-'));
    t.teardown(() => rm(home, { recursive: true }));
    const data = await runOracle(await installPrefect(release), home, release === NEWEST ? { pairs: '' } : {});
    const found = listEffects(data);
    const reviews = readReviews();

    t.deepEqual(found.filter((each) => reviewOf(each, reviews) === undefined).map(describe), []);
    const driven = Object.values(data.routes).filter(({ undriven }) => undriven !== '*');
    t.true(driven.length > 150, `only ${driven.length} routes answered with success`);
    if (release === NEWEST) t.deepEqual(missingOf(knownEffects, found), []);
  });
}
