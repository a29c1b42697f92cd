import { fstatSync, writeFileSync } from 'node:fs';

/** Where lines go; each ends with its line break. */
export interface Lines {
  write(line: string): void;
}

/** Standard output, or whatever else takes text; `fd` where there is a file, a pipe or the like behind it. */
export interface Output {
  readonly fd?: number;
  write(text: string): unknown;
}

/** Writes the lines of requests that are decided together in one piece, right after their answers. */
export function createLineStream(output: Output): Lines {
  const write = toWrite(output);
  let lines = '';
  function flush(): void {
    const text = lines;
    lines = '';
    if (text !== '') write(text);
  }
  // Standard output writes at once where it is a file or a pipe: the last lines do not get lost.
  process.once('exit', flush);
  return {
    write(line) {
      if (lines === '') process.nextTick(flush);
      lines += line;
    },
  };
}

/** Into a file at once and whole, without the buffers that Node's stream would make of every text on the way. */
function toWrite(output: Output): (text: string) => unknown {
  const { fd } = output;
  return fd !== undefined && fstatSync(fd).isFile() ? (text) => writeFileSync(fd, text) : (text) => output.write(text);
}
