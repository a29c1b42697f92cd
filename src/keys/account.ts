/** Who keys belong to. A service account has one key at a time, a user any number. */
export interface Account {
  readonly userId: string;
  readonly kind: 'user' | 'service_account';
  /** The most that any of its keys may do; undefined sets no bound. */
  readonly scopes?: string;
  readonly description: string;
}

/** Where the tables are not migrated there are no accounts, and every change throws KeyProblem. */
export interface AccountStore {
  list(): Promise<Account[]>;
  get(userId: string): Promise<Account | undefined>;
  /** Creates it, or changes it, at once for all of its keys. */
  set(account: Account, changedBy: string): Promise<void>;
  /** Ends all of its keys and forgets it. @returns how many keys that ended */
  remove(userId: string, now: Date, changedBy: string): Promise<number>;
}
