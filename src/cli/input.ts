import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** The text of a file, or of standard input where the name is `-`. */
export function readInput(name: string): string {
  try {
    return readFileSync(name === '-' ? 0 : name, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${(error as Error).message}`);
  }
}
