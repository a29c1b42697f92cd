import type { IncomingHttpHeaders } from 'node:http';

const PROBLEM =
  'API keys come to nginx over plain http, where anyone on the way can read them: serve https, or name the proxy before nginx ' +
  'that does (prefect-auth/http.conf), and replace those keys.';

/** Warns an operator of keys that came over plain http. nginx names the scheme only if it is that. */
export function createPlainHttpWatch(warn: (problem: string) => void) {
  return function watchPlainHttp(headers: IncomingHttpHeaders): void {
    if (headers['x-original-scheme'] !== 'http') return;
    if (headers.authorization !== undefined || headers['x-prefect-user-id'] !== undefined) warn(PROBLEM);
  };
}
