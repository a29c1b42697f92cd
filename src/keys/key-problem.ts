/** Why a change of keys cannot be made. Commands and HTTP endpoints switch on the code. */
export type KeyProblemCode = 'not_found' | 'conflict' | 'invalid' | 'not_migrated';

/** A requested change that cannot be made. It is thrown, so that the transaction around it is rolled back. */
export class KeyProblem extends Error {
  readonly code: KeyProblemCode;

  constructor(code: KeyProblemCode, message: string) {
    super(message);
    this.name = 'KeyProblem';
    this.code = code;
  }
}

export function unknownId(): KeyProblem {
  // The message does not quote the given text: it may be the key itself.
  return new KeyProblem('not_found', 'No key has this id; `keys list` shows them.');
}
