import { userInfo } from 'node:os';

/** The author of a change from the command line, as the tables store it. */
export function actor(): string {
  try {
    return `cli:${userInfo().username}`.slice(0, 128);
  } catch {
    // A container may run as a user without a name.
    return `cli:${process.getuid?.() ?? 'unknown'}`;
  }
}
