import { writeSync } from 'node:fs';
import { countLines } from './count-lines.ts';
import type { Sink } from './sink.ts';

const LINE_BREAK = 0x0a;

/**
 * Writes into a file at once and whole, without the buffers that Node's stream would make of every text on the way. What a full
 * disk does not take is lost; a line that was cut off by it is ended before the next one begins.
 */
export function createFileSink(fd: number): Sink {
  let lost = 0;
  let isFailing = false;
  let isCut = false;

  function writeAll(bytes: Buffer): number {
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(fd, bytes, at);
      isFailing = false;
    } catch {
      isFailing = true;
    }
    if (at > 0) isCut = bytes[at - 1] !== LINE_BREAK;
    return at;
  }

  return {
    write(text) {
      if (isCut && writeAll(Buffer.from('\n')) === 0) {
        lost += countLines(text);
        return;
      }
      const bytes = Buffer.from(text);
      const written = writeAll(bytes);
      if (written < bytes.length) lost += countLines(bytes.toString('latin1', written));
    },
    lost: () => lost,
    isFailing: () => isFailing,
  };
}
