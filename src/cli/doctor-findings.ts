/** What a check found. */
export interface Finding {
  readonly state: 'ok' | 'note' | 'problem';
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export const ok = (message: string): Finding => ({ state: 'ok', message });
export const note = (message: string, remedy?: string): Finding => ({
  state: 'note',
  message,
  ...(remedy !== undefined && { remedy }),
});
export const problem = (message: string, remedy: string): Finding => ({ state: 'problem', message, remedy });

/** A finding may quote a server, and a terminal obeys control characters. */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export function toLines(findings: readonly Finding[]): string {
  return findings
    .map(({ state, message, remedy }) => toLine(state, message) + (remedy ? toLine('', remedy) : ''))
    .join('');
}

function toLine(state: string, text: string): string {
  return `${state.padEnd(9)}${text.replaceAll(CONTROL_CHARACTERS, '?')}\n`;
}
