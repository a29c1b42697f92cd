/** What became of lines. Decisions go on whatever becomes of them. */
export interface LineHealth {
  /** How many could not be written. */
  lost(): number;
  /** Whether the last piece could not be written. */
  isFailing(): boolean;
}

/** What takes lines, some at a time. */
export interface Sink extends LineHealth {
  write(text: string): void;
}
