import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isOfRoute, listEffects, readCommittedEffects } from '../effects/found-effects.ts';
import { knownEffects, missingOf } from '../effects/known-effects.ts';
import { listNotDriven, notDrivenReviewOf, readNotDrivenReviews } from '../effects/not-driven.ts';
import { describe, readReviews, reviewOf } from '../effects/reviewed-effects.ts';
import { runOracle } from '../effects/run-oracle.ts';
import { installPrefect } from '../support/servers/prefect.ts';

const NEWEST = '3';
const MOST_MS = 55 * 60_000;
/** A folder that keeps what was seen, as data/prefect/effects has it. */
const KEPT = process.env.EFFECTS_TO;

for (const release of ['2.20', '3.4', '3.8', NEWEST]) {
  test.serial(`Prefect ${release} has no effect that nobody reviewed`, async (t) => {
    t.timeout(MOST_MS);
    const home = await mkdtemp(join(tmpdir(), 'prefect-auth-effects-'));
    t.teardown(() => rm(home, { recursive: true }));
    const started = Date.now();
    const data = await runOracle(await installPrefect(release), home, release === NEWEST ? { pairs: '' } : {});
    if (KEPT !== undefined) await copyFile(join(home, 'effects.json'), join(KEPT, `${data.prefect}.json`));
    const driven = Object.values(data.routes).filter(({ undriven }) => undriven !== '*');
    t.log(`${driven.length} routes in ${Math.round((Date.now() - started) / 60_000)} minutes`);
    const committed = readCommittedEffects();
    const found = listEffects(data).filter((each) => !isOfRoute(each, committed));
    const reviews = readReviews();
    const routesNotDriven = listNotDriven(data).filter(({ field }) => field === '');
    const notDrivenReviews = readNotDrivenReviews();

    t.deepEqual(found.filter((each) => reviewOf(each, reviews) === undefined).map(describe), []);
    t.deepEqual(
      routesNotDriven.filter((each) => notDrivenReviewOf(each, notDrivenReviews) === undefined),
      [],
    );
    t.true(driven.length > 150, `only ${driven.length} routes answered with success`);
    if (release === NEWEST) t.deepEqual(missingOf(knownEffects, found), []);
  });
}
