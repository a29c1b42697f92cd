import { endOfString, QUOTE } from './json-string.ts';

const COLON = 0x3a;

/**
 * Whether JSON.parse returned a key that is not in the text. V8 compares an escaped key as it is written, escapes included, with
 * the key that came next in earlier texts. A client that has sent the key `\\u00` can so have `\u0061bcd` read as that key, while
 * Prefect reads `abcd`. Node 24.21 (V8 13.6) does so, and reportedly 26.5 (V8 14.6); Node 20 (V8 11.3) does not:
 * https://issues.chromium.org/issues/521080746. Delete this file when every Node that the service runs on reads keys correctly;
 * test/requests/misread-keys.test.ts fails on the first one.
 *
 * @param value what JSON.parse returned for the text; it has as many keys as the text
 */
export function hasMisreadKeys(value: unknown, text: string): boolean {
  const counts = new Map<string, number>();
  for (const key of readKeys(text)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return !takeKeys(value, counts);
}

/** Whether each key of the parsed value is among those of the text. The totals are equal. */
function takeKeys(value: unknown, counts: Map<string, number>): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  for (const key of keys) {
    const count = counts.get(key) ?? 0;
    if (count === 0) return false;
    counts.set(key, count - 1);
  }
  return Object.values(value).every((each) => takeKeys(each, counts));
}

/** The keys of a JSON text, unescaped one by one. */
function readKeys(text: string): string[] {
  const keys: string[] = [];
  let literal = '';
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) keys.push(literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1));
    if (code !== QUOTE) continue;
    const end = endOfString(text, at);
    literal = text.slice(at, end + 1);
    at = end;
  }
  return keys;
}
