import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { KeyProblem } from '../keys/key-problem.ts';

/** The text of a file, or of standard input if the name is `-`. It waits for the end of the input. */
export async function readInput(name: string): Promise<string> {
  try {
    return await (name === '-' ? text(process.stdin) : readFile(name, 'utf8'));
  } catch (error) {
    throw new KeyProblem('invalid', `${name} cannot be read: ${(error as Error).message}`);
  }
}
