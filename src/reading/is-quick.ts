import type { OriginalRequest } from '../authorization/access-request.ts';

/** Whatever they are, so many bytes are read within about a millisecond. */
export const QUICK_BYTES = 8 * 1024;
/** So are these, of few signs: what takes time is many keys, many members, many words of a document, many escapes. */
const QUICK_PLAIN_BYTES = 64 * 1024;
const FEW_SIGNS = 1_000;
/** Of a list that holds lists, each has a bracket; of one that holds anything else, a comma. */
const SIGNS = [...'"\\,['].map((sign) => sign.charCodeAt(0));

/** Whether a request is read so quickly that nobody has to wait for it, told by its size and by counting. */
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

/** How often a byte occurs; it is not counted beyond `most`. */
function count(bytes: Buffer, byte: number, most: number): number {
  let found = 0;
  for (let at = bytes.indexOf(byte); at >= 0 && found <= most; at = bytes.indexOf(byte, at + 1)) found += 1;
  return found;
}
