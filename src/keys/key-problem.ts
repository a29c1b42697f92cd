/** What keeps a change of keys from being made; `commands` and HTTP endpoints switch on the code. */
export type KeyProblemCode = 'not_found' | 'conflict' | 'invalid' | 'not_migrated';

/** A change that was asked for and cannot be made. It is thrown, so that the transaction around it is undone. */
export class KeyProblem extends Error {
  readonly code: KeyProblemCode;

  constructor(code: KeyProblemCode, message: string) {
    super(message);
    this.name = 'KeyProblem';
    this.code = code;
  }
}

export function unknownId(): KeyProblem {
  // What was given may be the key itself.
  return new KeyProblem('not_found', 'No key has this id; `keys list` shows them.');
}
