import type { Sequelize, Transaction } from 'sequelize';

/** The one connection of a migration. It has the lock that keeps others from migrating at the same time. */
export interface MigrationContext {
  readonly sequelize: Sequelize;
  readonly transaction: Transaction;
}
