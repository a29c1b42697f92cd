import { type Denial, deny } from '../denial.ts';

const MAX_DEPTH = 200;
/** Of objects, lists and their members: what parsing costs time for, a long text is cheap. Prefect 1's clients send hundreds. */
const MAX_MEMBERS = 20_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/**
 * A JSON text, read so that every other reader of it sees the same: a key that stands twice in one object is refused, because
 * parsers differ on which one counts. Linear in the length of the text, and without recursion.
 */
export function parseJson(text: string, maxMembers = MAX_MEMBERS): { readonly value: unknown } | Denial {
  try {
    return findFlaw(text, maxMembers) ?? { value: JSON.parse(text) };
  } catch {
    return deny('unreadable_request', 'The JSON does not parse.');
  }
}

/**
 * Walks a text that may or may not be JSON, before anything is built of it: a set of keys for each open object, undefined for
 * each open list. Throws where a key is not JSON.
 */
function findFlaw(text: string, maxMembers: number): Denial | undefined {
  const open: (Set<string> | undefined)[] = [];
  let members = 0;
  let expectsKey = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (expectsKey && !addKey(open.at(-1), text.slice(at, end + 1))) {
        return deny('unreadable_request', 'The JSON holds the same key twice in one object.');
      }
      at = end;
    } else if (code === COLON) {
      expectsKey = false;
    } else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) {
      open.pop();
    } else if (code === COMMA || code === BRACE_OPEN || code === BRACKET_OPEN) {
      members += 1;
      if (code !== COMMA) {
        open.push(code === BRACE_OPEN ? new Set() : undefined);
      }
      expectsKey = open.at(-1) !== undefined;
      if (open.length > MAX_DEPTH || members > maxMembers) {
        return deny('unreadable_request', `The JSON has more than ${MAX_DEPTH} levels or ${maxMembers} members.`);
      }
    }
  }
  return undefined;
}

/** Whether the key is new there; keys are compared unescaped, `qu\u0065ry` is `query`. */
function addKey(keys: Set<string> | undefined, literal: string): boolean {
  const key: string = literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1);
  if (keys?.has(key)) {
    return false;
  }
  keys?.add(key);
  return true;
}

/**
 * The place of the quote that closes the string opened at `start`; the end of the text where none does. A quote behind an odd
 * number of backslashes is the string's own; each run of them is counted once.
 */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}
