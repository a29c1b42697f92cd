import type { IncomingHttpHeaders } from 'node:http';
import { type Denial, deny } from '../authorization/denial.ts';
import { isKeyOfOurs } from '../keys/key-format.ts';

/** The key that a client presented, and by which of the three ways. */
export interface Credential {
  readonly scheme: 'bearer' | 'basic' | 'user-id-header';
  readonly key: string;
}

/** In the service that this one replaces, people typed the keys: any visible ASCII, but no space. */
const KEY = /^[\x21-\x7e]{1,512}$/;
/** Prefect 1's UI sends one of these until it is given a key: JavaScript's words for no value. */
const NO_KEY = new Set<unknown>(['null', 'undefined']);
/** For `curl -u "$KEY:"` and https://KEY@host. */
const KEY_AS_USER_NAME =
  'The API key belongs into the password, as in https://anyone:<key>@host, and not into the user name, which servers log.';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The first one present wins: `Authorization: Bearer <key>`, `Authorization: Basic` with the key as the password or as
 * the whole text, `X-Prefect-User-Id: <key>`. A malformed one is a denial rather than a fall-through to the next.
 */
export function readCredential(headers: IncomingHttpHeaders): Credential | Denial {
  const { authorization } = headers;
  if (authorization !== undefined) return readAuthorization(authorization);
  const userId = headers['x-prefect-user-id'];
  if (userId === undefined || NO_KEY.has(userId)) {
    return deny('missing_credential', 'No API key came with the request. Send it as: Authorization: Bearer <key>');
  }
  if (typeof userId !== 'string' || !KEY.test(userId)) {
    return malformed('The X-Prefect-User-Id header is not an API key.');
  }
  return { scheme: 'user-id-header', key: userId };
}

function readAuthorization(value: string): Credential | Denial {
  if (value.startsWith('Bearer ') && KEY.test(value.slice(7))) return { scheme: 'bearer', key: value.slice(7) };
  const [scheme = '', text = '', ...more] = value.split(' ').filter((part) => part !== '');
  if (more.length > 0) return malformed('The Authorization header holds more than a scheme and a key.');
  switch (scheme.toLowerCase()) {
    case 'bearer':
      if (!KEY.test(text)) return malformed('The Authorization header holds no key after Bearer.');
      return { scheme: 'bearer', key: text };
    case 'basic':
      return readBasic(text);
    default:
      return malformed('The scheme of the Authorization header is neither Bearer nor Basic.');
  }
}

function readBasic(text: string): Credential | Denial {
  if (!BASE64.test(text)) return malformed('The Basic credential of the Authorization header is not base64.');
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const key = decoded.slice(colon + 1);
  if (colon > 0 && (key === '' || isKeyOfOurs(decoded.slice(0, colon)))) return malformed(KEY_AS_USER_NAME);
  if (!KEY.test(key)) return malformed('The Basic credential of the Authorization header has no API key as password.');
  return { scheme: 'basic', key };
}

function malformed(what: string): Denial {
  return deny('malformed_credential', `${what} Send the key as: Authorization: Bearer <key>`);
}
