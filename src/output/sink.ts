/** Whether lines are lost. Requests are decided even if none can be written. */
export interface LineHealth {
  /** How many could not be written. */
  lost(): number;
  /** Whether the last piece could not be written. */
  isFailing(): boolean;
}

/** Takes lines, some at a time. */
export interface Sink extends LineHealth {
  write(text: string): void;
}
