/** A fault with a message of our own: it contains nothing of a request or of a row, and can be logged. */
export class Fault extends Error {}

/** For the log. The message of a database's error can contain the values of its statement; its name and code cannot. */
export function describeFault(error: unknown): string {
  if (error instanceof Fault) return error.message;
  if (!(error instanceof Error)) return 'not an error';
  const { name, code, stack } = error as NodeJS.ErrnoException;
  const ours = stack?.split('\n').find((line) => line.includes('/src/'));
  return [name, code, ours?.trim()].filter(Boolean).join(' ');
}
