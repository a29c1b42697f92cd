import { Argument, type Command } from 'commander';
import { digestOf } from '../keys/key-format.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import type { Store } from '../storage/open-store.ts';
import { readInput } from './input.ts';

export interface KeyChoice {
  /** The file with the key itself. A key is never an argument: every process can read the command line. */
  readonly keyFile?: string;
}

/** Lets a command take an id, or the key itself from a file. */
export function takesKey(command: Command): Command {
  return command
    .addArgument(new Argument('[id]', 'its id, as `keys list` shows it'))
    .option('--key-file <file>', 'a file with the key itself instead, - for standard input');
}

/** @returns the id */
export async function chooseKey(store: Store, id: string | undefined, choice: KeyChoice): Promise<string> {
  if ((id === undefined) === (choice.keyFile === undefined)) {
    throw new KeyProblem('invalid', 'Give either the id of a key, or --key-file with the key in it.');
  }
  if (id !== undefined) return id;
  const secret = (await readInput(choice.keyFile ?? '-')).trim();
  const key = (await store.keys.find(digestOf(secret)))?.key;
  if (key === undefined) throw new KeyProblem('not_found', 'The key in --key-file is not known here.');
  return key.id;
}
