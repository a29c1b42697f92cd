import type { OriginalRequest } from '../../authorization/access-request.ts';
import type { Aside } from '../../authorization/aside.ts';
import { type Denial, deny, isDenial } from '../../authorization/denial.ts';
import { readBody } from '../body.ts';
import { MOST_MEMBERS_OF_REST, parseJson } from '../json.ts';
import { type ActionRules, readFields } from './field-effects.ts';
import type { RouteMatch } from './routes.ts';

/** What the query asks for beside what the route's name says. */
export function readQueryAsides(query: string): readonly Aside[] {
  return asksForSecrets(query) ? [{ operation: 'query/read_block_secrets', field: 'include_secrets' }] : [];
}

/** What the body asks for beside what the route's name says. */
export function readBodyAsides(
  original: OriginalRequest,
  matches: readonly RouteMatch[],
  actions: ActionRules,
): readonly Aside[] | Denial {
  if (!dependsOnBody(matches)) return [];
  const body = readJsonBody(original);
  if (body === undefined) return [];
  if (isDenial(body)) return body;
  const rules = [...new Set(matches.flatMap(({ route }) => route.body ?? []))];
  return readFields(rules, body.value, actions);
}

/** Whether the body may add operations. Otherwise it need not be read. */
export function dependsOnBody(matches: readonly RouteMatch[]): boolean {
  return matches.some(({ route }) => route.body !== undefined);
}

/**
 * This applies to every route, even one without the parameter. Starlette takes the last of several values and pydantic reads many
 * words as true, so any value that is not plainly false counts. Older Pythons also split the query at semicolons.
 */
function asksForSecrets(query: string): boolean {
  if (query === '') return false;
  const values = new URLSearchParams(query.replaceAll(';', '&')).getAll('include_secrets');
  return values.some((value) => !['false', '0'].includes(value.toLowerCase()));
}

/** @returns undefined for an empty body */
function readJsonBody(original: OriginalRequest): { readonly value: object } | Denial | undefined {
  const text = readBody(original);
  if (typeof text !== 'string') return text;
  if (text === '') return undefined;
  const json = parseJson(text, MOST_MEMBERS_OF_REST);
  if (isDenial(json)) return json;
  const { value } = json;
  return typeof value === 'object' && value !== null
    ? { value }
    : deny('unreadable_request', 'The body has to be a JSON object, or a list of them.');
}
