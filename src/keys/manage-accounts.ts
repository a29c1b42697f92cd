import type { Account, AccountStore } from './account.ts';

/** The one way in which accounts change. Both throw KeyProblem if the change cannot be made. */
export type ManageAccounts = Pick<AccountStore, 'set' | 'remove'>;

/** @param notify makes every instance forget all keys, since an account may have any number of them */
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
