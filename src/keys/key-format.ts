import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * `pfa_`, 32 random characters (190 bits) and 6 check digits: the CRC-32 of all before them, in base 62.
 * A secret scanner finds a leaked key by this expression, and recognises a look-alike by the check digits.
 */
const KEY_EXPRESSION = /^pfa_[0-9A-Za-z]{38}$/;

const PREFIX = 'pfa_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECK_LENGTH = 6;

export function generateKey(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return PREFIX + random + checkDigits(PREFIX + random);
}

/** Whether a text has the form of this service's keys. */
export function isKeyOfOurs(text: string): boolean {
  return text.startsWith(PREFIX) && !isMistyped(text);
}

/** Whether a text begins like our keys but cannot be one. No store needs to look it up. */
export function isMistyped(key: string): boolean {
  if (!key.startsWith(PREFIX)) return false;
  return !KEY_EXPRESSION.test(key) || key.slice(-CHECK_LENGTH) !== checkDigits(key.slice(0, -CHECK_LENGTH));
}

/** @returns the SHA-256 of a key, in lower-case hexadecimal */
export function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A digest as it is kept in memory: one character for each byte, half as long as hexadecimal. */
export type PackedDigest = string & { readonly isPacked: true };

/** @returns the SHA-256 of a key */
export function packedDigestOf(key: string): PackedDigest {
  return hash('sha256', key, 'binary') as PackedDigest;
}

export function packDigest(digest: string): PackedDigest {
  return Buffer.from(digest, 'hex').toString('latin1') as PackedDigest;
}

export function unpackDigest(packed: PackedDigest): string {
  return Buffer.from(packed, 'latin1').toString('hex');
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The column allows no longer id. */
export const KEY_ID_LENGTH = 16;

/** Whether a text is an id as the service and the tables make them. */
export function isKeyId(text: string): boolean {
  return text.length === KEY_ID_LENGTH && /^[0-9a-f]+$/.test(text);
}

function checkDigits(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECK_LENGTH; place++) {
    digits = ALPHABET[rest % ALPHABET.length] + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
