/** Nothing that needs an escape in JSON, and nothing that does not print as itself. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * What does not print as itself: a terminal obeys control characters (also those above U+007F), others break or turn around the
 * line that they stand in, or are not seen at all.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A text as JSON, in which every character prints as itself. Most texts need no escapes, and are told by a look. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : escapeHidden(JSON.stringify(text));
}

/** The same in so many bytes at most, or little more; what is longer ends in `…`. */
export function quoteCut(text: string, most: number): string {
  const whole = text.length > most ? undefined : quote(text);
  if (whole !== undefined && Buffer.byteLength(whole) <= most) return whole;
  for (let length = Math.min(text.length, most); ; length = Math.floor(length * 0.8)) {
    const cut = quote(`${text.slice(0, length)}…`);
    if (length === 0 || Buffer.byteLength(cut) <= most) return cut;
  }
}

/** Writes what does not print as itself as JSON escapes it; JSON text stays the same JSON. */
export function escapeHidden(text: string): string {
  return text.replaceAll(HIDDEN, (character) =>
    Array.from({ length: character.length }, (_, at) => toEscape(character.charCodeAt(at))).join(''),
  );
}

function toEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
