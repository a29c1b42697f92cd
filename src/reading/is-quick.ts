import type { OriginalRequest } from '../authorization/access-request.ts';

/** So many bytes are read within about a millisecond, whatever they are. */
export const QUICK_BYTES = 8 * 1024;
/** So are these if they have few signs: keys, members, words of a document and escapes take the time. */
const QUICK_PLAIN_BYTES = 64 * 1024;
const FEW_SIGNS = 1_000;
/** A list within a list has a bracket; any other member of a list has a comma. */
const SIGNS = [...'"\\,['].map((sign) => sign.charCodeAt(0));

/** Whether a request is read so quickly that no other request has to wait. Its size and a count of signs decide. */
export function isQuick(original: OriginalRequest): boolean {
  const bytes = sizeOf(original);
  if (bytes <= QUICK_BYTES) return true;
  const { body, target } = original;
  if (body === undefined || bytes > QUICK_PLAIN_BYTES || target.length > QUICK_BYTES) return false;
  return SIGNS.reduce((sum, sign) => sum + count(body, sign, FEW_SIGNS), 0) <= FEW_SIGNS;
}

export function sizeOf({ body, target }: OriginalRequest): number {
  return (body?.length ?? 0) + target.length;
}

/** How often a byte occurs. Counting stops once it is more than `most`. */
function count(bytes: Buffer, byte: number, most: number): number {
  let found = 0;
  for (let at = bytes.indexOf(byte); at >= 0 && found <= most; at = bytes.indexOf(byte, at + 1)) found += 1;
  return found;
}
