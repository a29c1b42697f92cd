import test from 'ava';
import { findAmounts } from '../../../src/amounts/amounts.ts';
import { isDenial } from '../../../src/authorization/denial.ts';
import { compilePolicy } from '../../../src/authorization/policy.ts';
import { prefectRoutes } from '../../../src/requests/rest/prefect-routes.ts';
import { readRestRequest } from '../../../src/requests/rest/rest-request.ts';
import { type FoundEffect, listEffects, readCommittedEffects, toRequest } from '../../effects/found-effects.ts';
import { knownEffects, missingOf } from '../../effects/known-effects.ts';
import { listNotDriven, notDrivenReviewOf, readNotDrivenReviews } from '../../effects/not-driven.ts';
import { describe, readReviews, reviewOf } from '../../effects/reviewed-effects.ts';
import { readPage } from '../../support/documentation.ts';

const found = readCommittedEffects().flatMap(listEffects);
const reviews = readReviews();
const notDriven = readCommittedEffects().flatMap(listNotDriven);
const notDrivenReviews = readNotDrivenReviews();
/** What a worker executes. */
const COMMANDS = /^workers-get:.*:(?:job_variables|infrastructure_document_id|deployment\.\w+)$/;
const options = { apiBasePath: '/api', uiBasePath: '', isOpenapiPublic: false };

test('every effect that was seen is reviewed', (t) => {
  t.deepEqual(found.filter((each) => reviewOf(each, reviews) === undefined).map(describe), []);
  t.true(found.length > 50, 'something was seen');
});

test('what people had found is among it', (t) => {
  const versions = new Set(found.map(({ version }) => version));
  const newest = [...versions].sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
  t.deepEqual(
    missingOf(
      knownEffects,
      found.filter(({ version }) => version === newest),
    ),
    [],
  );
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

test('what was never answered with success was reviewed by reading, and nothing else', (t) => {
  const covering = notDriven.map((each) => notDrivenReviewOf(each, notDrivenReviews));
  t.deepEqual(
    notDriven.filter((_, at) => covering[at] === undefined),
    [],
  );
  t.deepEqual(
    notDrivenReviews.filter((review) => !covering.includes(review)),
    [],
  );
});

test('whoever may send a request that gives workers other commands amounts to running commands on them', (t) => {
  // An idempotency key has Prefect 2 write the same variables in another way.
  const isOther = ({ field }: FoundEffect): boolean => field !== '' && field !== 'idempotency_key';
  const giving = found.filter((each) => isOther(each) && COMMANDS.test(each.effect));
  const silent = giving.filter((each) => !amountsToCommands(each));
  t.deepEqual(silent.map(describe), []);
  t.true(giving.length > 5, 'something was seen');
});

function amountsToCommands(each: FoundEffect): boolean {
  const answer = readRestRequest(toRequest(each), prefectRoutes, options);
  if (answer === 'public' || isDenial(answer)) return false;
  const amounts = findAmounts(compilePolicy(answer.operations.join(' '), {}));
  return amounts.some(({ can }) => can.startsWith('run commands on workers'));
}

test('docs/scopes-and-roles.md names every right that an effect asks for', (t) => {
  // What an action of an automation needs is the operation that it does.
  const isAction = (effect: string): boolean => effect.startsWith('automation-acts:');
  const rights = new Set(reviews.flatMap((each) => (each.effects.some(isAction) ? [] : (each.rights ?? []))));
  const [, section = ''] =
    /## What a request does beside its name\n([\s\S]*?)\n## /.exec(readPage('docs/scopes-and-roles.md')) ?? [];
  t.deepEqual(
    [...rights].filter((right) => !section.includes(`\`${right}\``)),
    [],
  );
  t.true(rights.size > 5);
});

/** A denial asks for more than anyone has. */
function asksFor(each: FoundEffect, rights: readonly string[]): boolean {
  const answer = readRestRequest(toRequest(each), prefectRoutes, options);
  if (answer === 'public') return rights.length === 0;
  if (isDenial(answer)) return true;
  const operations: readonly string[] = answer.operations;
  return rights.every((right) => operations.includes(right));
}
