import { isDenial } from '../../authorization/denial.ts';
import { MOST_MEMBERS_OF_REST, parseJson } from '../json.ts';

/** What the server fills in instead of a value: `{"__prefect_kind": "jinja", ...}`. */
type Filling = 'workspace_variable' | 'jinja';

const KIND = '__prefect_kind';
/** An object, a list or a text; nothing else can contain a kind. */
const MAY_BE_JSON = /^[ \t\r\n]*[{["]/;

/**
 * What Prefect (utilities/schema_tools/hydration.py) would fill into the value. Some results are stored and filled in again,
 * so the value of an unknown kind counts too, and so does the text of a `json`. Each member is visited once.
 */
export function readFillings(value: unknown, readsTexts = false): ReadonlySet<Filling> {
  const found = new Set<Filling>();
  collect(value, found, readsTexts);
  return found;
}

/**
 * @param readsTexts whether any text may be read as JSON: it may end up in a `json`, whose text may contain another kind
 * @returns whether something is filled into the value
 */
function collect(value: unknown, found: Set<Filling>, readsTexts: boolean): boolean {
  if (found.size === 2) return true;
  if (typeof value === 'string') return readsTexts && collectText(value, found);
  if (typeof value !== 'object' || value === null) return false;
  const { [KIND]: kind } = value as Record<string, unknown>;
  let isFilled = kind === 'workspace_variable' || kind === 'jinja';
  if (kind === 'workspace_variable' || kind === 'jinja') found.add(kind);
  for (const [name, member] of Object.entries(value)) {
    const isMemberFilled = collect(member, found, readsTexts || kind !== undefined);
    // The result of a template or a variable is then read as JSON, and may contain any kind.
    if (isMemberFilled && kind === 'json' && name === 'value' && typeof member !== 'string') addAll(found);
    isFilled ||= isMemberFilled;
  }
  return isFilled;
}

function collectText(text: string, found: Set<Filling>): boolean {
  if (!MAY_BE_JSON.test(text) || (!text.includes(KIND) && !text.includes('\\u'))) return false;
  const json = parseJson(text, MOST_MEMBERS_OF_REST);
  if (!isDenial(json)) return collect(json.value, found, true);
  addAll(found);
  return true;
}

function addAll(found: Set<Filling>): void {
  found.add('workspace_variable').add('jinja');
}

/** Whether an automation reads a text within the value, keys included, as a template. */
export function hasTemplate(value: unknown): boolean {
  if (typeof value === 'string') return /\{[{%]/.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => hasTemplate(key) || hasTemplate(member));
}
