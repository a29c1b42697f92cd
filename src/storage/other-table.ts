import { QueryTypes, type Sequelize } from 'sequelize';
import { KeyProblem } from '../keys/key-problem.ts';
import { KEYS_TABLE } from './layout.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/;

/** Reads every row of another table in the same database: a table of the service that this one replaces. */
export async function readOtherTable(sequelize: Sequelize, table: string): Promise<Record<string, unknown>[]> {
  if (!NAME.test(table)) throw new KeyProblem('invalid', `${table} is not the name of a table.`);
  if (table === KEYS_TABLE) throw new KeyProblem('invalid', `${table} needs no import: run prefect-auth migrate.`);
  return sequelize.query(`SELECT user_id, scopes, api_key, key_issu_dt, key_expr_dt FROM ${table}`, {
    type: QueryTypes.SELECT,
  });
}
