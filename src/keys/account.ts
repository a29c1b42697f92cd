/** The owner of keys. A service account has one key at a time, a user any number. */
export interface Account {
  readonly userId: string;
  readonly kind: 'user' | 'service_account';
  /** The most that any of its keys may do; undefined sets no bound. */
  readonly scopes?: string;
  readonly description: string;
}

/** If the tables are not migrated, there are no accounts, and every change throws KeyProblem. */
export interface AccountStore {
  list(): Promise<Account[]>;
  get(userId: string): Promise<Account | undefined>;
  /** Creates an account, or changes it for all of its keys together. */
  set(account: Account, changedBy: string): Promise<void>;
  /** Revokes all of its keys and deletes it. @returns how many keys were revoked */
  remove(userId: string, now: Date, changedBy: string): Promise<number>;
}
