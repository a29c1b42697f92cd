import { countLines } from './count-lines.ts';
import type { Sink } from './sink.ts';

/** The part of a stream that is used here. */
export interface Pipe {
  readonly isTTY?: boolean;
  /** How much waits for the reader. */
  readonly writableLength?: number;
  write(text: string, done?: (error?: Error | null) => void): unknown;
  on?(event: 'error', listener: () => void): unknown;
  /** Node's own handle: a terminal blocks the process unless it is set not to. */
  readonly _handle?: { setBlocking?(isBlocking: boolean): unknown };
}

/** A reader that is this much behind gets no more: the lines that wait for it would fill the memory. */
const MOST_WAITING = 2 * 1024 * 1024;

/** Writes to a pipe, a socket or a terminal, whose reader may be slow, stop or go away. */
export function createPipeSink(pipe: Pipe): Sink {
  let lost = 0;
  let isFailing = false;
  // An error event without a listener would end the process; each write is given its own error as well.
  pipe.on?.('error', () => {});
  if (pipe.isTTY) pipe._handle?.setBlocking?.(false);

  function lose(text: string): void {
    lost += countLines(text);
    isFailing = true;
  }

  return {
    write(text) {
      if ((pipe.writableLength ?? 0) > MOST_WAITING) return lose(text);
      pipe.write(text, (error) => {
        if (error) lose(text);
        else isFailing = false;
      });
    },
    lost: () => lost,
    isFailing: () => isFailing,
  };
}
