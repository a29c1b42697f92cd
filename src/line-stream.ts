/** Where lines go; each ends with its line break. */
export interface Lines {
  write(line: string): void;
}

/** Writes the lines of one turn of the event loop together, once what the turn was about has been answered. */
export function createLineStream(output: NodeJS.WritableStream): Lines {
  let lines = '';
  function flush(): void {
    if (lines !== '') output.write(lines);
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
