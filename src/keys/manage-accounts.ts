import type { Account, AccountStore } from './account.ts';

/** The one way in which accounts change. All of it throws KeyProblem if the change cannot be made. */
export type ManageAccounts = Pick<AccountStore, 'set' | 'remove'>;

/** @param notify has every instance forget what it knows: an account may have any number of keys */
export function createManageAccounts(store: AccountStore, notify: () => Promise<unknown>): ManageAccounts {
  return {
    async set(account: Account, changedBy: string) {
      await store.set(account, changedBy);
      await notify();
    },
    async remove(userId, now, changedBy) {
      const ended = await store.remove(userId, now, changedBy);
      await notify();
      return ended;
    },
  };
}
