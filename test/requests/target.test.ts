import test from 'ava';
import fc from 'fast-check';
import { isDenial } from '../../src/authorization/denial.ts';
import { readTarget } from '../../src/requests/target.ts';

const readable: readonly (readonly [raw: string, path: string, query: string])[] = [
  ['/', '/', ''],
  ['/api/flows/filter', '/api/flows/filter', ''],
  ['/api/flows/', '/api/flows/', ''],
  ['/api/flows/?a=b?c', '/api/flows/', 'a=b?c'],
  ['/api/flows/?', '/api/flows/', ''],
  ['/api/events/filter/next?page-token=a%2Fb%2e%2e//', '/api/events/filter/next', 'page-token=a%2Fb%2e%2e//'],
  ['/api/work_pools/my%20pool', '/api/work_pools/my pool', ''],
  ['/api/work_pools/pool+one', '/api/work_pools/pool+one', ''],
  ['/api/work_pools/%F0%9F%9A%80', '/api/work_pools/🚀', ''],
  ['/api/deployments/name/etl/daily%20(v1.2)', '/api/deployments/name/etl/daily (v1.2)', ''],
  ['/api/deployments/name/caf%C3%A9/..hidden', '/api/deployments/name/café/..hidden', ''],
  ['/api/concurrency_limits/tag/50%25', '/api/concurrency_limits/tag/50%', ''],
  ['/api/concurrency_limits/tag/a%23b%3Fc;d', '/api/concurrency_limits/tag/a#b?c;d', ''],
  ['/%61pi/flows/', '/api/flows/', ''],
];

for (const [raw, path, query] of readable) {
  test(`${raw} is read as ${path}`, (t) => {
    t.deepEqual(readTarget(raw), { path, query });
  });
}

const ambiguous = [
  '',
  '*',
  'api/flows/',
  'http://prefect/api/flows/',
  'prefect:4200',
  '//prefect/api/flows/',
  '/api//flows/',
  '/api/flows//',
  '/api/./flows/',
  '/api/../flows',
  '/api/..',
  '/api/.',
  '/..',
  '/x/%2e%2e/api/flows/',
  '/x/.%2e/api/flows/',
  '/x/%2E./api/flows/',
  '/api/work_pools/v1%2e2',
  '/api/work_pools/a%2Fqueues%2Fb',
  '/api/work_pools/a%2fb',
  '/api\\flows',
  '/api/%5Cflows',
  '/api/flows/%00',
  '/api/flows/filter%0A',
  '/api/flows/%0d%0aX-Auth-User:%20root',
  '/api/flows/%09',
  '/api/flows/%7F',
  '/api/flows/%C2%85',
  '/api/%2561dmin/version',
  '/api/%252e%252e/flows',
  '/api/%25%32%65/flows',
  '/api/%25252e/flows',
  '/api/%zz',
  '/api/%',
  '/api/%4',
  '/api/%u0061',
  '/api/%FF',
  '/api/%C0%AF',
  '/api/%ED%A0%80',
  '/api/café',
  '/api/a b',
  '/api/flows/\u0000',
  '/api/flows/\n',
  '/api/flows/?a=\u00e9',
  '/api/flows/#',
  '/api/flows/#/../x',
  '/api/flows/?a#b',
];

for (const raw of ambiguous) {
  test(`${JSON.stringify(raw)} is refused as ambiguous`, (t) => {
    const denial = readTarget(raw);
    t.true(isDenial(denial) && denial.reason === 'ambiguous_path');
  });
}

test('whatever the text, the answer is a path without ambiguity or a denial, and never a throw', (t) => {
  const pieces = fc.constantFrom(
    '/',
    '.',
    '%',
    '2',
    'e',
    'E',
    'f',
    '5',
    'c',
    '\\',
    '?',
    '#',
    'a',
    '%2F',
    '%25',
    '%2e',
    'é',
    '\0',
  );
  const targets = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 12 })
    .map((parts) => `/${parts.join('')}`);
  fc.assert(
    fc.property(targets, (raw) => {
      const target = readTarget(raw);
      if (isDenial(target)) return;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
      t.notRegex(target.path, /\/\/|\\|\/\.\.?(\/|$)|[\x00-\x1f\x7f]|%[0-9a-f]{2}/i);
    }),
    { numRuns: 5000 },
  );
  t.pass();
});
