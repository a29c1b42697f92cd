import type { KeyProblemCode } from '../keys/key-problem.ts';

/** The exit codes of the command line, as its `--help` lists them. */
export const EXIT = {
  fault: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  refused: 5,
  configuration: 78,
} as const;

export const EXIT_OF_PROBLEM: Readonly<Record<KeyProblemCode, number>> = {
  invalid: EXIT.usage,
  not_found: EXIT.notFound,
  conflict: EXIT.conflict,
  not_migrated: EXIT.conflict,
};

export const EXIT_CODES_HELP = `
Exit codes:
  0   done; for explain: the request would be allowed
  1   a fault, such as a database that does not answer
  2   the command line is wrong
  3   there is no such key or account
  4   it conflicts with the current state: the key has already been rotated, or the table has to be migrated first
  5   explain: the request would be refused; doctor: something is not as it should be
  78  the settings cannot be used`;
