import { fstatSync, writeSync } from 'node:fs';

/** Where lines go; each ends with its line break. */
export interface Lines {
  write(line: string): void;
}

/** Standard output, or whatever else takes text; `fd` where there is a file, a pipe or the like behind it. */
export interface Output {
  readonly fd?: number;
  write(text: string): unknown;
}

/** Writes the lines of one turn of the event loop together, once what the turn was about has been answered. */
export function createLineStream(output: Output): Lines {
  const write = toWrite(output);
  let lines = '';
  function flush(): void {
    if (lines !== '') write(lines);
    lines = '';
  }
  // Standard output writes at once where it is a file or a pipe: the last lines do not get lost.
  process.once('exit', flush);
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

/** Into a file without the buffers that Node would make of every text on the way. */
function toWrite(output: Output): (text: string) => unknown {
  const { fd } = output;
  return fd !== undefined && fstatSync(fd).isFile() ? (text) => writeSync(fd, text) : (text) => output.write(text);
}
