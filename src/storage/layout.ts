import type { Sequelize, Transaction } from 'sequelize';
import { KeyProblem } from '../keys/key-problem.ts';

/** `legacy`: the table of the service that this one replaces, or one whose migration has not finished. */
export type Layout = 'none' | 'legacy' | 'current';

export const KEYS_TABLE = 'prefect_api_keys';

type Columns = Readonly<Record<string, { readonly type: string; readonly primaryKey: boolean }>>;

/** @returns undefined if there is no such table */
export async function readColumns(sequelize: Sequelize, transaction?: Transaction): Promise<Columns | undefined> {
  // Sequelize passes all options on to its query, although its types do not say so.
  const options: object = transaction === undefined ? {} : { transaction };
  const queryInterface = sequelize.getQueryInterface();
  if (!(await queryInterface.tableExists(KEYS_TABLE, options))) return undefined;
  return queryInterface.describeTable(KEYS_TABLE, options);
}

export async function readLayout(sequelize: Sequelize): Promise<Layout> {
  const columns = await readColumns(sequelize);
  if (columns === undefined) return 'none';
  return columns.key_id?.primaryKey ? 'current' : 'legacy';
}

export interface LayoutCheck {
  isCurrent(): Promise<boolean>;
  /** Throws KeyProblem if the tables are older ones, which are only read. */
  requireCurrent(): Promise<void>;
}

/** Reads the layout until it is the current one; after that it does not change. */
export function createLayoutCheck(sequelize: Sequelize): LayoutCheck {
  let isKnownCurrent = false;
  async function isCurrent(): Promise<boolean> {
    isKnownCurrent ||= (await readLayout(sequelize)) === 'current';
    return isKnownCurrent;
  }
  return {
    isCurrent,
    async requireCurrent() {
      if (await isCurrent()) return;
      throw new KeyProblem(
        'not_migrated',
        'The table of keys is an older one, which is only read: run prefect-auth migrate.',
      );
    },
  };
}
