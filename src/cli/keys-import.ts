import { Command } from 'commander';
import { findScopeFaults } from '../amounts/scope-faults.ts';
import { digestOf } from '../keys/key-format.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import type { DigestedKey } from '../keys/key-store.ts';
import type { Store } from '../storage/open-store.ts';
import { readOtherTable } from '../storage/other-table.ts';
import { actor } from './actor.ts';
import { configuredRoles } from './configured-roles.ts';
import { parseRows } from './csv.ts';
import { readInput } from './input.ts';
import { print, printError } from './print.ts';
import { ALLOW_UNKNOWN } from './scopes-options.ts';
import { withStore } from './with-store.ts';

interface ImportOptions {
  readonly table?: boolean;
  readonly allowUnknown?: boolean;
  readonly json?: boolean;
}

export function createImportCommand(): Command {
  return new Command('import')
    .description('Import keys from the service that this one replaces. Only their digests are stored.')
    .argument(
      '<source>',
      'a CSV file with the names of its columns in the first line, - for standard input, or a table',
    )
    .option('--table', 'the source is a table of the same database')
    .option('--allow-unknown', `${ALLOW_UNKNOWN}, and scopes that grant nothing`)
    .option('--json', 'print JSON: how many were taken over, how many were there already')
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, options: ImportOptions) => {
      const counts = await withStore(async (store) => {
        const records = options.table ? await readOtherTable(store.sequelize, source) : await parseFile(source);
        return importKeys(store, records.map(toKey), options.allowUnknown ?? false);
      });
      print(
        options.json
          ? `${JSON.stringify(counts)}\n`
          : `${counts.imported} keys were taken over; ${counts.known} were there already.\n`,
      );
    });
}

const EXAMPLES = `
Examples:
  prefect-auth keys import prefect-api-keys-table.csv
  prefect-auth keys import --table old_prefect_api_keys

Columns: user_id, scopes, api_key, key_issu_dt, key_expr_dt; the times are UTC. It can be run again: a key that is
there already is left as it is. A table prefect_api_keys of that service needs no import: see prefect-auth migrate.`;

async function parseFile(source: string): Promise<Record<string, unknown>[]> {
  const text = await readInput(source);
  try {
    return parseRows(text);
  } catch (error) {
    // The parser's message quotes the line, which contains a key.
    const { lines } = error as { lines?: number };
    throw new KeyProblem('invalid', `${source} cannot be read: ${lines ? `line ${lines}` : 'it'} is not CSV.`);
  }
}

/** Imports all keys or none: every problem is reported before any key is written. */
async function importKeys(
  store: Store,
  keys: readonly DigestedKey[],
  allowUnknown: boolean,
): Promise<{ imported: number; known: number }> {
  const rowOf = new Map<string, number>();
  for (const [index, { digest }] of keys.entries()) {
    const earlier = rowOf.get(digest);
    if (earlier !== undefined) throw new KeyProblem('invalid', `Rows ${earlier} and ${index + 1} have the same key.`);
    rowOf.set(digest, index + 1);
  }
  checkScopes(keys, allowUnknown);
  const imported = await store.keys.insertMissing(keys);
  return { imported, known: keys.length - imported };
}

/** A misspelt scope grants nothing, and as a denial it takes nothing away. */
function checkScopes(keys: readonly DigestedKey[], allowUnknown: boolean): void {
  const roles = configuredRoles();
  const faults = keys.map(({ scopes }) => findScopeFaults(scopes, roles));
  const problems = faults.flatMap(({ nothing, unknown }, index) =>
    [...(nothing === undefined ? [] : [`these scopes grant nothing: ${nothing}`]), ...unknown].map(
      (each) => `row ${index + 1}: ${each}`,
    ),
  );
  const list = problems.map((problem) => `  - ${problem}`).join('\n');
  if (problems.length > 0 && !allowUnknown) {
    throw new KeyProblem('invalid', `Nothing was imported. Correct these, or add --allow-unknown:\n${list}`);
  }
  if (problems.length > 0) printError(`Taken over all the same:\n${list}\n`);
  // Keys that were made elsewhere are imported as they are, so this is only a warning.
  for (const [index, { worthless }] of faults.entries()) {
    for (const denial of worthless) printError(`row ${index + 1}: ${denial}\n`);
  }
}

function toKey(record: Record<string, unknown>, index: number): DigestedKey {
  const where = `row ${index + 1}`;
  const text = (name: string): string => {
    const value = record[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new KeyProblem('invalid', `${where} has nothing in ${name}.`);
  };
  const secret = text('api_key');
  if (secret.startsWith('sha256:')) throw new KeyProblem('invalid', `${where} has a digest in place of a key.`);
  return {
    digest: digestOf(secret),
    userId: text('user_id'),
    scopes: text('scopes').replaceAll(/\s+/g, ' ').trim(),
    validFrom: toTime(record.key_issu_dt, where, 'key_issu_dt'),
    expiresAt: toTime(record.key_expr_dt, where, 'key_expr_dt'),
    issuedBy: actor(),
  };
}

/** The times of that service are UTC, but name no zone. */
function toTime(value: unknown, where: string, name: string): Date {
  const zoned =
    typeof value === 'string' && /^[\d-]{10}[ T][\d:.]{5,}$/.test(value) ? `${value.replace(' ', 'T')}Z` : value;
  const date = new Date(zoned as string | Date);
  if (Number.isNaN(date.getTime())) throw new KeyProblem('invalid', `${where} has no time in ${name}.`);
  return date;
}
