import { isIP } from 'node:net';
import { z } from 'zod';

/** Prefect's address. The service sends it no credentials, and appends its own paths. */
export const httpUrl = z
  .string()
  .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), 'must be an http:// or https:// URL')
  .refine((value) => !holdsCredentials(value), 'must not hold credentials: the service sends Prefect none')
  .refine((value) => !/[?#]/.test(value), 'must end with the host, the port or a path, without ? and #');

export const redisUrl = z
  .string()
  .refine((value) => /^rediss?:\/\/./.test(value) && URL.canParse(value), 'must be a redis:// or rediss:// URL')
  .refine(
    (value) => /^\/?\d*$/.test(URL.parse(value)?.pathname ?? ''),
    'must have the number of a database as its path, or none',
  );

/** A name, an address or the folder of a socket. A URL is refused: it may contain a password. */
export const host = z
  .string()
  .refine((value) => value.startsWith('/') || isIP(value) !== 0 || /^[A-Za-z0-9._-]+$/.test(value), {
    message: 'must be a host name or an address alone: the port and the user have settings of their own',
  });

/** Whether a text may be a URL with a password in it, which must not be shown. */
export function holdsCredentials(text: string): boolean {
  return text.includes('@');
}
