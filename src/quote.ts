/** Nothing that JSON escapes: no quote, no backslash, no control character, and no half of a character. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** A text as JSON writes it. Most need no escapes, and are told by a look that costs less than JSON.stringify. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
