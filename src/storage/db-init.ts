import { readFileSync } from 'node:fs';

const FILES: Readonly<Record<string, URL>> = {
  postgres: new URL('../../data/postgres/db_init.sql', import.meta.url),
  mysql: new URL('../../data/mysql/db_init.sql', import.meta.url),
};

/** The statements of `db_init.sql`, in their order. If a table is named, only those of that table: the table, then its indexes. */
export function readSchema(dialect: string, table?: string): string[] {
  const file = FILES[dialect];
  if (file === undefined) throw new Error(`There is no schema for ${dialect}.`);
  const statements = readFileSync(file, 'utf8')
    .replaceAll(/^\s*--.*\n/gm, '')
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  return statements.filter(
    (statement) => table === undefined || new RegExp(`^CREATE [^(]*\\b${table} \\(`).test(statement),
  );
}

/** The tables that `db_init.sql` creates, in their order. */
export function readTableNames(dialect: string): string[] {
  return readSchema(dialect).flatMap((statement) => /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1] ?? []);
}
