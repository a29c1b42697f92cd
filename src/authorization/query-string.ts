import { type Denial, deny } from '../denial.ts';

/** The text behind the first `?`; empty where there is none. */
export function queryString(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
}

/**
 * Whether a query string may hold a GraphQL document, to whoever reads it how; nginx asks about such pages by the same rule
 * (`$prefect_is_public`).
 */
export function mayHoldDocument(text: string): boolean {
  return text.split('&').some((pair) => /query|extensions/i.test(decodeLeniently(pair.split('=', 1)[0] ?? '')));
}

/** Escapes of ASCII only, which is what the names are written in. */
function decodeLeniently(name: string): string {
  return name.replaceAll(/%([0-7][\da-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/**
 * Stricter than any server's own reader: each name once, every byte valid, and no brackets, of which Express (qs) makes arrays
 * and objects.
 */
export function parseQueryString(text: string): Map<string, string> | Denial {
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
