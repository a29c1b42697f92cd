import type { Sequelize } from 'sequelize';
import type { Account, AccountStore } from '../keys/account.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import { type AccountRow, defineAccountModel } from './account-model.ts';
import { defineApiKeyModel } from './api-key-model.ts';
import { createLayoutCheck } from './layout.ts';
import { checkName, checkText, MOST_CHARACTERS } from './stored-text.ts';

export function createAccountStore(sequelize: Sequelize): AccountStore {
  const accounts = defineAccountModel(sequelize);
  const keys = defineApiKeyModel(sequelize).current;
  const { isCurrent, requireCurrent } = createLayoutCheck(sequelize);
  return {
    async list() {
      if (!(await isCurrent())) return [];
      const rows = await accounts.findAll({ order: ['user_id'] });
      return rows.map((row) => toAccount(row.get()));
    },
    async get(userId) {
      if (!(await isCurrent())) return undefined;
      const row = await accounts.findOne({ where: { user_id: userId } });
      return row === null ? undefined : toAccount(row.get());
    },
    async set(account, changedBy) {
      await requireCurrent();
      const now = new Date();
      const row = toRow(account, now, changedBy);
      await sequelize.transaction(async (transaction) => {
        const { creatd_dt: _, creatd_by: __, ...change } = row;
        const where = { user_id: account.userId };
        const [changed] = await accounts.update(change, { where, transaction });
        if (changed === 0) await accounts.create(row, { transaction });
        // Caches of keys notice the change by this date.
        await keys.update({ last_updatd_dt: now, last_updatd_by: changedBy }, { where, transaction });
      });
    },
    async remove(userId, now, changedBy) {
      await requireCurrent();
      return sequelize.transaction(async (transaction) => {
        const where = { user_id: userId };
        const change = { revoked_dt: now, key_expr_dt: now, last_updatd_dt: now, last_updatd_by: changedBy };
        const [ended] = await keys.update(change, { where: { ...where, revoked_dt: null }, transaction });
        const removed = await accounts.destroy({ where, transaction });
        if (removed === 0) throw new KeyProblem('not_found', `There is no account ${userId}.`);
        return ended;
      });
    },
  };
}

function toAccount(row: AccountRow): Account {
  const { user_id: userId, kind, scopes, description } = row;
  return { userId, kind, ...(scopes !== null && { scopes }), description };
}

function toRow(account: Account, now: Date, changedBy: string): AccountRow {
  const by = checkName('name of who makes the change', changedBy);
  return {
    user_id: checkName('user name', account.userId),
    kind: account.kind,
    scopes: account.scopes === undefined ? null : checkText('scopes', account.scopes, MOST_CHARACTERS.scopes),
    description: checkText('description', account.description, MOST_CHARACTERS.description),
    creatd_dt: now,
    last_updatd_dt: now,
    creatd_by: by,
    last_updatd_by: by,
  };
}
