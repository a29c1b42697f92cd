import { isDenial } from '../denial.ts';
import { parseJson } from './json.ts';

/** What the server puts in the place of a value: `{"__prefect_kind": "jinja", ...}`. */
type Filling = 'workspace_variable' | 'jinja';

const KIND = '__prefect_kind';
const MOST_MEMBERS = 300_000;

/**
 * What Prefect (utilities/schema_tools/hydration.py) would fill into the value. Some results are kept and filled in again, so
 * that what an unknown kind passes on counts too, and so does the text of a `json`.
 */
export function readFillings(value: unknown): ReadonlySet<Filling> {
  const found = new Set<Filling>();
  collect(value, found);
  return found;
}

function collect(value: unknown, found: Set<Filling>): void {
  if (typeof value !== 'object' || value === null || found.size === 2) return;
  if (!Array.isArray(value) && Object.hasOwn(value, KIND)) collectKind(value as Record<string, unknown>, found);
  for (const member of Object.values(value)) collect(member, found);
}

function collectKind(value: Record<string, unknown>, found: Set<Filling>): void {
  const { [KIND]: kind, value: content } = value;
  if (kind === 'workspace_variable' || kind === 'jinja') found.add(kind);
  if (kind !== 'json') return;
  if (typeof content === 'string') collectText(content, found);
  // What a template or a variable gives is then read as JSON, and may hold any kind.
  else if (readFillings(content).size > 0) addAll(found);
}

/** A text that is read as JSON, and any text within it, since a `json` may hold a `json`. */
function collectText(text: string, found: Set<Filling>): void {
  if (!text.includes(KIND) && !text.includes('\\u')) return;
  const json = parseJson(text, MOST_MEMBERS);
  if (isDenial(json)) addAll(found);
  else collectTexts(json.value, found);
}

function collectTexts(value: unknown, found: Set<Filling>): void {
  if (typeof value === 'string') collectText(value, found);
  else if (typeof value === 'object' && value !== null) {
    collect(value, found);
    for (const member of Object.values(value)) collectTexts(member, found);
  }
}

function addAll(found: Set<Filling>): void {
  found.add('workspace_variable').add('jinja');
}

/** Whether an automation takes a text within the value, keys included, for a template. */
export function hasTemplate(value: unknown): boolean {
  if (typeof value === 'string') return /\{[{%]/.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => hasTemplate(key) || hasTemplate(member));
}
