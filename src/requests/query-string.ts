import { type Denial, deny } from '../authorization/denial.ts';

/** Prefect's clients send a dozen at most. A parser has to decode each one. */
const MOST_PARAMETERS = 1_000;

/** The text after the first `?`; empty if there is none. */
export function queryString(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
}

/**
 * Whether a query string may contain a GraphQL document, however a parser reads it: a document has a brace, a persisted query
 * the word `extensions`. (Prefect 3.9 has `GET /api/observed-states?query=Run`.) nginx treats no such page as public
 * (`$prefect_auth_is_public`).
 */
export function mayHoldDocument(text: string): boolean {
  if (text === '') return false;
  const hasBrace = /\{|%7b/i.test(text);
  const names = text.split('&').map((pair) => decodeLeniently(pair.split('=', 1)[0] ?? ''));
  return names.some((name) => /extensions/i.test(name) || (hasBrace && /query/i.test(name)));
}

/** Decodes escapes of ASCII only: the names are ASCII. */
function decodeLeniently(name: string): string {
  return name.replaceAll(/%([0-7][\da-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

export const TOO_MANY_PARAMETERS: Denial = deny(
  'unreadable_request',
  `The query string has more than ${MOST_PARAMETERS} parameters.`,
);

/** Some parsers split parameters at semicolons too. */
export function hasManyParameters(text: string): boolean {
  let count = 0;
  for (const sign of ['&', ';']) {
    for (let at = text.indexOf(sign); at >= 0 && count < MOST_PARAMETERS; at = text.indexOf(sign, at + 1)) count += 1;
  }
  return count >= MOST_PARAMETERS;
}

/**
 * Stricter than any server's parser: each name once, every byte valid, and no brackets, which Express (qs) turns into arrays
 * and objects.
 */
export function parseQueryString(text: string): Map<string, string> | Denial {
  if (hasManyParameters(text)) return TOO_MANY_PARAMETERS;
  const parameters = new Map<string, string>();
  if (!/^[!-~]*$/.test(text) || /[#[\]\\]/.test(text)) {
    return deny('unreadable_request', 'The query string holds characters that have to be percent-encoded.');
  }
  for (const pair of text === '' ? [] : text.split('&')) {
    const [name, value] = pair.split(/=(.*)/s, 2).map(decodeParameter);
    if (name === undefined || value === undefined || parameters.has(name)) {
      return deny(
        'unreadable_request',
        'The query string names a parameter twice, or is not valid percent-encoded UTF-8.',
      );
    }
    parameters.set(name, value);
  }
  return parameters;
}

function decodeParameter(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
