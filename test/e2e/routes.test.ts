import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import reviewed from '../../data/prefect/reviewed.json' with { type: 'json' };
import { isDenial } from '../../src/authorization/denial.ts';
import type { Operation } from '../../src/authorization/operation.ts';
import { prefectRoutes, prefectVersions } from '../../src/requests/rest/prefect-routes.ts';
import { readRestRequest } from '../../src/requests/rest/rest-request.ts';
import { startPrefectRouter } from '../support/prefect/prefect-router.ts';
import { baseEnvironment, runProgram } from '../support/process/child-process.ts';
import { installPrefect } from '../support/servers/prefect.ts';

const ID = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';
const routes = Object.values(prefectVersions).flat();

const operationOf = new Map<string, Operation>(
  Object.entries(reviewed.api).flatMap(([operation, review]) =>
    [operation.split('/')[1] ?? '', 'formerly' in review ? review.formerly : []]
      .flat()
      .map((name) => [name, operation as Operation] as const),
  ),
);

/** Names that are legal in Prefect and awkward in a path, as a client writes them, and words that are routes elsewhere. */
const names = [
  'x',
  'my%20pool',
  'v1.2',
  '..x',
  'a+b',
  'a;b=c',
  '%F0%9F%9A%80',
  'caf%C3%A9',
  '50%25',
  'q%3Fa%23b',
  'filter',
  'count',
  'name',
  ID,
];
const ids = [
  ID,
  ID.toUpperCase(),
  ID.replaceAll('-', ''),
  ID.replace('-', ''),
  `{${ID}}`,
  `${ID}0`,
  `urn:uuid:${ID}`,
  '1',
  'filter',
];

const plainTarget = fc.constantFrom(...routes).chain((route) => {
  const parts = route.path
    .split('/')
    .slice(1)
    .map((part) => {
      if (!part.startsWith('{')) return fc.constant(part);
      return /uuid|^\{id/.test(part)
        ? fc.oneof({ weight: 3, arbitrary: fc.constant(ID) }, fc.constantFrom(...ids, ...names))
        : fc.constantFrom(...names, ...ids);
    });
  return fc.record({
    method: fc.constant(route.method === 'ANY' ? 'GET' : route.method),
    target: fc.tuple(...parts).map((filled) => `/api/${filled.join('/')}`),
  });
});

const insertions = [
  '/',
  '//',
  './',
  '../',
  '/..',
  '/.',
  '%2F',
  '%2f',
  '%5C',
  '\\',
  ';',
  ';x=1',
  '?',
  '?x=1',
  '%3F',
  '#',
  '%23',
  '%2e',
  '%2E%2E/',
  '%252e',
  '%25',
  '%',
  '%00',
  '%0A',
  '%20',
  '+',
  'é',
  '%C3%A9',
  '%FF',
  'a',
  'A',
  '-',
  '{',
  '}',
  ':',
  '@',
  '*',
];

type Change = (target: string, at: number) => string;
const changes: readonly Change[] = [
  (target, at) => target.slice(0, at) + insertions[at % insertions.length] + target.slice(at),
  (target, at) => target.slice(0, at) + insertions[(at * 7 + target.length) % insertions.length] + target.slice(at + 1),
  (target, at) => target + insertions[at % insertions.length],
  (target, at) => target.slice(0, at) + encode(target.charAt(at)) + target.slice(at + 1),
  (target, at) => target.slice(0, at) + encode(target.charAt(at)).toLowerCase() + target.slice(at + 1),
  (target, at) => target.slice(0, at) + encode(target.charAt(at)).replace('%', '%25') + target.slice(at + 1),
  (target, at) => target.slice(0, at) + target.charAt(at).toUpperCase() + target.slice(at + 1),
  (target) => (target.endsWith('/') ? target.slice(0, -1) : `${target}/`),
  (target, at) => target.slice(0, target.lastIndexOf('/', at)) || '/',
  (target, at) => `${target}/${names[at % names.length]}`,
  (target) => target.replace('/api', ''),
  (target) => `/${target}`,
  (target) => `http://prefect:4200${target}`,
];

function encode(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
}

const changedTarget = fc
  .record({
    plain: plainTarget,
    steps: fc.array(fc.tuple(fc.constantFrom(...changes), fc.nat(80)), { minLength: 1, maxLength: 3 }),
  })
  .map(({ plain, steps }) => ({
    ...plain,
    target: steps.reduce((target, [change, at]) => change(target, Math.min(at, target.length - 1)), plain.target),
  }));

const otherMethod = fc
  .tuple(
    fc.oneof(plainTarget, changedTarget),
    fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'WS'),
  )
  .map(([request, method]) => ({ ...request, method }));

interface Request {
  readonly method: string;
  readonly target: string;
}

/** What the request would need here: operations, `public`, or `denied` as it stands. */
function read({ method, target }: Request): readonly Operation[] | 'public' | 'denied' {
  const original = {
    method: method === 'WS' ? 'GET' : method,
    target,
    isWebSocket: method === 'WS',
    isGraphqlHost: false,
    contentType: 'application/json',
    contentEncoding: undefined,
    // A form that no route refuses.
    contentLength: '0',
    body: Buffer.alloc(0),
  };
  const answer = readRestRequest(original, prefectRoutes, {
    apiBasePath: '/api',
    uiBasePath: '',
    isOpenapiPublic: false,
  });
  if (answer === 'public') return answer;
  return isDenial(answer) ? 'denied' : answer.operations;
}

const publicFunctions = new Set([
  'health_check',
  'perform_readiness_check',
  'ui_settings',
  'mounted:',
  'mounted:/static',
]);

/** Whether the operations are at least as strong as what Prefect would do. */
function isAsStrong(needed: ReturnType<typeof read>, called: string | undefined): boolean {
  if (called === undefined || needed === 'denied') return true;
  if (needed === 'public') return publicFunctions.has(called);
  const operation = operationOf.get(called);
  if (operation === undefined) return publicFunctions.has(called);
  const isOutsideTable =
    needed.includes('mutation/unknown') || (needed.includes('query/unknown') && operation.startsWith('query/'));
  return (
    needed.includes(operation) ||
    isOutsideTable ||
    (needed.includes('query/openapi') && ['swagger_ui_html', 'redoc_html', 'swagger_ui_redirect'].includes(called))
  );
}

for (const version of ['3', '2.20']) {
  test(`for thousands of targets, Prefect ${version}'s own router never calls more than was asked for`, async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'prefect-auth-'));
    t.teardown(() => rm(home, { recursive: true }));
    const router = await startPrefectRouter(await installPrefect(version), home);
    t.teardown(() => router.stop());
    const plain = fc.sample(plainTarget, { numRuns: 1500, seed: 1 });
    const requests = [
      ...plain,
      ...fc.sample(changedTarget, { numRuns: 4000, seed: 2 }),
      ...fc.sample(otherMethod, { numRuns: 2500, seed: 3 }),
    ];
    const answered = await askAll(requests, (request) => router.ask(request.method, request.target));

    t.deepEqual(
      answered.filter(({ request, called }) => !isAsStrong(read(request), called)),
      [],
    );
    t.true(
      answered.filter(({ called }) => called !== undefined).length > 1500,
      'enough of the requests reach a function',
    );
    const refused = answered
      .slice(0, plain.length)
      .filter(({ request, called }) => called !== undefined && read(request) === 'denied');
    t.deepEqual(refused, [], 'no plain request is refused as ambiguous');
  });

  test(`every route of the installed Prefect ${version} is reviewed`, async (t) => {
    const { program } = await installPrefect(version);
    const script = new URL('../../data/prefect/generate.py', import.meta.url).pathname;
    const { status, output } = await runProgram(program('python'), [script, '--check'], {
      env: baseEnvironment(tmpdir()),
    });
    t.is(status, 0, output);
  });
}

/** A few at a time, in order. */
async function askAll(requests: readonly Request[], ask: (request: Request) => Promise<string | undefined>) {
  const answered: { request: Request; called: string | undefined }[] = [];
  for (let start = 0; start < requests.length; start += 8) {
    const some = requests.slice(start, start + 8);
    answered.push(...(await Promise.all(some.map(async (request) => ({ request, called: await ask(request) })))));
  }
  return answered;
}
