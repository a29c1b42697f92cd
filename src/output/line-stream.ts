import { fstatSync } from 'node:fs';
import { createFileSink } from './file-sink.ts';
import { createPipeSink, type Pipe } from './pipe-sink.ts';
import type { LineHealth, Sink } from './sink.ts';

/** Takes lines; each ends with its line break. */
export interface Lines {
  write(line: string): void;
}

/** Takes lines, and says whether they are lost. */
export type LineStream = Lines & LineHealth;

/** Standard output. It has an `fd` if there is a file, a pipe or the like behind it. */
export interface Output extends Pipe {
  readonly fd?: number;
}

/** Writes the lines of requests that are decided together in one piece, right after their answers. */
export function createLineStream(output: Output): LineStream {
  const sink = toSink(output);
  let lines = '';
  function flush(): void {
    const text = lines;
    lines = '';
    if (text !== '') sink.write(text);
  }
  // A file, or a pipe with room, takes a write before the process ends: so the last lines are not lost.
  process.once('exit', flush);
  return {
    write(line) {
      if (lines === '') process.nextTick(flush);
      lines += line;
    },
    lost: sink.lost,
    isFailing: sink.isFailing,
  };
}

function toSink(output: Output): Sink {
  const { fd } = output;
  if (fd === undefined || output.isTTY) return createPipeSink(output);
  const kind = fstatSync(fd);
  return kind.isFile() || kind.isCharacterDevice() ? createFileSink(fd) : createPipeSink(output);
}
