import type { Sequelize, Transaction } from 'sequelize';

/** What a migration works with: one connection, which holds the lock that keeps others from migrating at the same time. */
export interface MigrationContext {
  readonly sequelize: Sequelize;
  readonly transaction: Transaction;
}
