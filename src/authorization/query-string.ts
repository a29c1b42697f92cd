import { type Denial, deny } from '../denial.ts';

/** The text behind the first `?`; empty where there is none. */
export function queryString(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
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
