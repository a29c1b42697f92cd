import { writeSync } from 'node:fs';
import { countLines } from './count-lines.ts';
import type { Sink } from './sink.ts';

const LINE_BREAK = 0x0a;

/**
 * Writes each text to a file immediately, in one piece: a buffer is made only if the file took a part of it. Lines for which a full
 * disk has no room are lost. A line that was cut off is ended before the next one begins.
 */
export function createFileSink(fd: number): Sink {
  let lost = 0;
  let isFailing = false;
  let isCut = false;

  /** @returns what was not written, as bytes */
  function writeAll(text: string): Buffer | undefined {
    const length = Buffer.byteLength(text);
    let at = 0;
    try {
      while (at < length) at += at === 0 ? writeSync(fd, text) : writeSync(fd, Buffer.from(text), at);
      isFailing = false;
      isCut = false;
      return undefined;
    } catch {
      isFailing = true;
      const bytes = Buffer.from(text);
      if (at > 0) isCut = bytes[at - 1] !== LINE_BREAK;
      return bytes.subarray(at);
    }
  }

  return {
    write(text) {
      const isStuck = isCut && writeAll('\n') !== undefined;
      const left = isStuck ? Buffer.from(text) : writeAll(text);
      if (left !== undefined) lost += countLines(left.toString('latin1'));
    },
    lost: () => lost,
    isFailing: () => isFailing,
  };
}
