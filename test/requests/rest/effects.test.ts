import test from 'ava';
import { isDenial } from '../../../src/authorization/denial.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { readRestRequest } from '../../../src/requests/rest/rest-request.ts';
import { type FoundEffect, listEffects, readCommittedEffects, toRequest } from '../../effects/found-effects.ts';
import { describe, readReviews, reviewOf } from '../../effects/reviewed-effects.ts';

const found = readCommittedEffects().flatMap(listEffects);
const reviews = readReviews();
const options = { apiBasePath: '/api', uiBasePath: '', isOpenapiPublic: false };

test('every effect that was seen is reviewed', (t) => {
  t.deepEqual(found.filter((each) => reviewOf(each, reviews) === undefined).map(describe), []);
  t.true(found.length > 50, 'something was seen');
});

test('every review is of something that was seen', (t) => {
  const used = new Set(found.map((each) => reviewOf(each, reviews)));
  t.deepEqual(
    reviews.filter((review) => !used.has(review)),
    [],
  );
});

test('every request that was seen to do more asks for the right that its review names', (t) => {
  const missing = found.filter((each) => !asksFor(each, reviewOf(each, reviews)?.rights ?? []));
  t.deepEqual(
    missing.map((each) => `${describe(each)}: ${JSON.stringify(each.by)}`),
    [],
  );
});

test('no request that was seen to do more is let through without a key', (t) => {
  const free = found.filter((each) => readRestRequest(toRequest(each), prefectRoutes, options) === 'public');
  t.deepEqual(free.map(describe), []);
});

/** A denial asks for more than anyone has. */
function asksFor(each: FoundEffect, rights: readonly string[]): boolean {
  const answer = readRestRequest(toRequest(each), prefectRoutes, options);
  if (answer === 'public') return rights.length === 0;
  if (isDenial(answer)) return true;
  const operations: readonly string[] = answer.operations;
  return rights.every((right) => operations.includes(right));
}
