import { isDenial } from '../authorization/denial.ts';
import { quote } from '../output/quote.ts';
import { parseJson } from '../requests/json.ts';

const MASK = '***';
const LONGEST_TEXT = 200;
const LONGEST_JSON = 100_000;
const MOST_VALUES = 200;
const DEEPEST = 8;
const MOST_NAMES = 1_000;

const SECRET_NAME =
  /secret|passw|passphrase|pwd|token|api_?key|access_?key|private|credential|authorization|cookie|signature|connection_?string|dsn/i;
/** One expression, because every text of every mutation is tested with it. */
const SECRET_TEXT = new RegExp(
  [
    /\b(?:bearer|basic)\s+\S/,
    /\bpfa_/,
    /\beyJ[\w-]+\.[\w-]+/,
    /-----BEGIN/,
    /:\/\/[^/\s:@]*:[^/\s@]+@/,
    /\b(?:AKIA|ASIA|gh[opsu]_|github_pat_|xox[abprs]-|sk[_-])\w/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);
const LONG_WORD = /[\w+/=-]{32,}/g;
const NOTHING_BUT_A_LONG_WORD = /^[\w+/=-]{32,}$/;
const LONG_WORD_LENGTH = 32;
const UUID_LENGTH = 36;
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/**
 * Writes the variables of a GraphQL request for the audit trail, as JSON. Values that look like secrets are masked, long ones are cut
 * short. This is one pass, because it runs for every mutation: building an object first would cost as much again.
 */
export function maskVariables(variables: unknown): string {
  return toText(readVariables(variables), 0, { left: MOST_VALUES });
}

/** How many values may still be shown. */
interface Budget {
  left: number;
}

function toText(value: unknown, depth: number, budget: Budget): string {
  budget.left -= 1;
  if (budget.left < 0 || depth > DEEPEST) return quote('…');
  if (typeof value === 'string') return quote(maskText(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Array.isArray(value) ? `[${listToText(value, depth, budget)}]` : `{${objectToText(value, depth, budget)}}`;
}

function listToText(list: readonly unknown[], depth: number, budget: Budget): string {
  let text = '';
  let most = budget.left + 1;
  for (const each of list) {
    if (most-- === 0) break;
    text += (text === '' ? '' : ',') + toText(each, depth + 1, budget);
  }
  return text;
}

function objectToText(object: object, depth: number, budget: Budget): string {
  let text = '';
  let most = budget.left + 1;
  for (const name of Object.keys(object)) {
    if (most-- === 0) break;
    const { isSecret, shown } = judgeName(name);
    const value = isSecret ? quote(MASK) : toText((object as Record<string, unknown>)[name], depth + 1, budget);
    text += `${text === '' ? '' : ','}${shown}:${value}`;
  }
  return text;
}

/** Prefect 1's command line sends its variables as JSON in a text. */
function readVariables(variables: unknown): unknown {
  if (typeof variables !== 'string') return variables ?? null;
  if (variables.length > LONGEST_JSON) return `(${variables.length} characters)`;
  const json = parseJson(variables);
  return isDenial(json) ? '(unreadable)' : json.value;
}

interface JudgedName {
  readonly isSecret: boolean;
  readonly shown: string;
}

/** Remembered, because the same few names are in every request. */
const judgedNames = new Map<string, JudgedName>();

function judgeName(name: string): JudgedName {
  const known = judgedNames.get(name);
  if (known !== undefined) return known;
  const judged = { isSecret: SECRET_NAME.test(name), shown: quote(cut(name)) };
  if (judgedNames.size >= MOST_NAMES) judgedNames.clear();
  if (name.length <= LONGEST_TEXT) judgedNames.set(name, judged);
  return judged;
}

/** Looks for secrets before it masks long words: a long word may be half of the pattern that shows a secret. */
function maskText(text: string): string {
  if (text.length < LONG_WORD_LENGTH) return SECRET_TEXT.test(text) ? MASK : text;
  if (text.length === UUID_LENGTH && UUID.test(text)) return text;
  const start = text.slice(0, 4 * LONGEST_TEXT);
  if (NOTHING_BUT_A_LONG_WORD.test(start) || SECRET_TEXT.test(start)) return MASK;
  return cut(start.replaceAll(LONG_WORD, (word) => (UUID.test(word) ? word : MASK)));
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
