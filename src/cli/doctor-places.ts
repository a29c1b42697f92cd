import type { Ask } from './doctor-ask.ts';
import { askAll, type CheckOptions } from './doctor-checks.ts';
import { type Finding, ok, problem } from './doctor-findings.ts';
import { toText } from './doctor-judgement.ts';
import { questionForVersion } from './doctor-questions.ts';

/** Where an API usually lies: by Prefect's defaults, and as people often set it. */
const USUAL = ['', '/api', '/custom-api', '/prefect/api', '/prefect'];

/** Reasons that refuse the key itself, whatever the request. */
const KEY_REFUSED = new Set([
  'unknown_key',
  'expired_key',
  'not_yet_valid_key',
  'revoked_key',
  'malformed_credential',
  'too_many_failures',
]);

export interface Places {
  /** The paths at which Prefect's API answers the key. */
  readonly apis: readonly string[];
  readonly findings: readonly Finding[];
}

/** Looks for Prefect's API at each likely path. It has to answer with the key, and must not answer without one. */
export async function findApis(path: string, { ask, key }: CheckOptions): Promise<Places> {
  const bases = [...new Set([path, `${path}/api`, ...(await readOwnPlaces(path, ask)), ...USUAL])];
  const questions = bases.map(questionForVersion);
  const without = await askAll(ask, questions);
  const open = bases.filter((_, at) => isVersion(without[at]?.answer.body));
  const findings = open.map((base) =>
    problem(
      `Prefect's API at ${base || '/'} answers without a key.`,
      'Nobody asks prefect-auth there: take out the location of its own that serves it, or include prefect-auth/locations.conf.',
    ),
  );
  // Once, since an address that presents many unknown keys is kept waiting.
  const [first] = await askAll(ask, questions.slice(0, 1), `Bearer ${key}`);
  if (first?.judgement.kind === 'refused' && KEY_REFUSED.has(first.judgement.reason)) {
    const told = `The key itself is ${toText(first.judgement, first.answer)}`;
    return { apis: [], findings: [...findings, problem(told, 'Use a key that is valid.')] };
  }
  const withKey = await askAll(ask, questions, `Bearer ${key}`);
  const apis = bases.filter((base, at) => isVersion(withKey[at]?.answer.body) || isHere(withKey[at]?.judgement, base));
  if (apis.length > 0)
    return { apis, findings: [...findings, ok(`Prefect's API answers the key at ${apis.join(', ')}.`)] };
  const at = Math.max(bases.indexOf(path.endsWith('api') ? path : `${path}/api`), 0);
  const [asked] = withKey.slice(at);
  const told = asked ? toText(asked.judgement, asked.answer) : '';
  const nowhere = problem(
    `With the key no API of Prefect answers at ${bases.map((base) => base || '/').join(', ')}. ${questions[at]?.path}: ${told}.`,
    "Give the address of Prefect's API, as clients have it in PREFECT_API_URL; API_BASE_PATH of the service has to be its path.",
  );
  return { apis: [], findings: [...findings, nowhere] };
}

/** The paths of the API that Prefect gives to its pages. */
async function readOwnPlaces(path: string, ask: Ask): Promise<string[]> {
  const bases = [...new Set([path, path.replace(/\/[^/]*$/, ''), ''])];
  const asked = await askAll(
    ask,
    bases.map((base) => ({ method: 'GET', path: `${base}/ui-settings` })),
  );
  return asked.flatMap(({ answer }) => {
    const [, url] = /"api_url":\s*"([^"]+)"/.exec(answer.body) ?? [];
    return url !== undefined && URL.canParse(url, 'http://host') ? [toBase(new URL(url, 'http://host').pathname)] : [];
  });
}

export function toBase(path: string): string {
  return path.replace(/\/+$/, '');
}

/** `"3.9.1"`, as JSON. */
function isVersion(body: string | undefined): boolean {
  return /^"\d+\.\d+[^"\n]*"\s*$/.test(body ?? '');
}

/** Whether the service takes the path below this base for that of the version, which this key may not read. */
function isHere(judgement: { readonly kind: string; readonly message?: string } | undefined, base: string): boolean {
  return base !== '' && judgement?.kind === 'refused' && /query\/read_version\b/.test(judgement.message ?? '');
}
