import { type Denial, deny } from '../authorization/denial.ts';
import { endOfString, QUOTE } from './json-string.ts';
import { hasMisreadKeys } from './misread-keys.ts';

const MAX_DEPTH = 200;
/** Objects, lists and members together. They cost the parsing time; a long text is cheap. Prefect 1's clients send hundreds. */
const MAX_MEMBERS = 20_000;
/** For a body of Prefect 2 or 3: a run's parameters may be 512 KiB of JSON, at worst a list of digits. */
export const MOST_MEMBERS_OF_REST = 300_000;
/** A key costs ten times as much as another member. */
const MAX_KEYS = 50_000;

const NO_JSON = deny('unreadable_request', 'The JSON does not parse.');
const DOUBLED_KEY = deny('unreadable_request', 'The JSON holds the same key twice in one object.');
const MISREAD_KEY = deny(
  'unreadable_request',
  'The JSON holds a key that is read in two ways; write it without escapes.',
);

const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/**
 * Reads a JSON text so that every other parser sees the same. A key that occurs twice in one object is refused, because parsers
 * differ on which one counts. Linear in the length of the text.
 */
export function parseJson(text: string, maxMembers = MAX_MEMBERS): { readonly value: unknown } | Denial {
  const keys = countKeys(text, maxMembers);
  if ('outcome' in keys) return keys;
  try {
    const value: unknown = JSON.parse(text);
    if (countKept(value) !== keys.count) return DOUBLED_KEY;
    return keys.areEscaped && hasMisreadKeys(value, text) ? MISREAD_KEY : { value };
  } catch {
    return NO_JSON;
  }
}

interface Keys {
  readonly count: number;
  /** Whether some of them are written with a backslash. */
  readonly areEscaped: boolean;
}

/** Counts the keys of a text that may not be JSON: before anything is built from it, and without recursion. */
function countKeys(text: string, maxMembers: number): Keys | Denial {
  let areEscaped = false;
  let escapeAt = placeOf('\\', text, 0);
  let depth = 0;
  let members = 0;
  let count = 0;
  let stringAt = 0;
  let stringEnd = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      stringAt = at;
      stringEnd = endOfString(text, at);
      at = stringEnd;
    } else if (code === COLON) {
      count += 1;
      if (count > MAX_KEYS) return deny('unreadable_request', `The JSON has more than ${MAX_KEYS} keys.`);
      if (escapeAt < stringAt) escapeAt = placeOf('\\', text, stringAt);
      areEscaped ||= escapeAt < stringEnd;
    } else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) {
      depth -= 1;
    } else if (code === COMMA || code === BRACE_OPEN || code === BRACKET_OPEN) {
      members += 1;
      if (code !== COMMA) depth += 1;
      if (depth > MAX_DEPTH || members > maxMembers) {
        return deny('unreadable_request', `The JSON has more than ${MAX_DEPTH} levels or ${maxMembers} members.`);
      }
    }
  }
  return { count, areEscaped };
}

/** The next place of a character; beyond the end of any text if there is none. */
function placeOf(character: string, text: string, from: number): number {
  const at = text.indexOf(character, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/** How many keys the parsed value has. Of two equal keys only the second is left; the first is lost with its value. */
function countKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const each of value) count += countKept(each);
    return count;
  }
  // `for in` saves making a list of the names. What JSON.parse returns inherits no enumerable name.
  for (const name in value) count += 1 + countKept((value as Record<string, unknown>)[name]);
  return count;
}
