import { Command } from 'commander';
import { describeWorthlessDenials } from '../amounts/describe-amounts.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import { keyState } from '../keys/key-state.ts';
import type { KeyFilter } from '../keys/key-store.ts';
import type { Store } from '../storage/open-store.ts';
import { configuredRoles } from './configured-roles.ts';
import { print } from './print.ts';
import { toTable, toTimeText } from './table.ts';
import { readPastTime, readTime } from './times.ts';
import { readCount } from './whole-number.ts';
import { withStore } from './with-store.ts';

interface ListOptions {
  readonly user?: string;
  readonly expiringWithin?: Date;
  readonly unusedSince?: Date;
  readonly limit?: number;
  readonly after?: string;
  readonly json?: boolean;
}

const ROWS_FOR_PEOPLE = 100;
const PAGE = 1000;

export function createListCommand(): Command {
  return new Command('list')
    .description('List the keys, by users. Nothing that is shown is a secret.')
    .option('--user <name>', 'only those of one user or service account')
    .option('--expiring-within <when>', 'only valid ones that expire before then: 14d, 2027-01-31', readTime)
    .option('--unused-since <when>', 'only those that have not been used since: 90d (ago), 2026-06-30', readPastTime)
    .option('--limit <count>', `how many at most; ${ROWS_FOR_PEOPLE} if not given, all of them with --json`, readCount)
    .option('--after <place>', 'continue where the list before ended, with the value that it gave')
    .option('--json', 'print JSON: an array')
    .addHelpText('after', EXAMPLES)
    .action((options: ListOptions) =>
      withStore((store) => (options.json ? printJson(store, options) : printPage(store, options))),
    );
}

const EXAMPLES = `
Examples:
  prefect-auth keys list --user alice
  prefect-auth keys list --expiring-within 14d
  prefect-auth keys list --unused-since 90d --json | jq -r '.[].id'`;

async function printPage(store: Store, options: ListOptions): Promise<void> {
  const now = new Date();
  const { keys, next } = await store.keys.list(toFilter(options, options.limit ?? ROWS_FOR_PEOPLE), now);
  print(
    toTable(
      HEAD,
      keys.map((key) => toRow(key, now)),
    ),
  );
  const roles = configuredRoles();
  for (const { id, scopes } of keys) {
    for (const worthless of describeWorthlessDenials(scopes, roles)) print(`${id}: ${worthless}\n`);
  }
  if (next !== undefined) print(`More: add --after ${next}\n`);
}

/** Prints page by page: a table may have a million keys. */
async function printJson(store: Store, options: ListOptions): Promise<void> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let after = options.after;
  let separator = '';
  const roles = configuredRoles();
  print('[');
  do {
    const filter = toFilter({ ...options, ...(after !== undefined && { after }) }, Math.min(left, PAGE));
    const page = await store.keys.list(filter, new Date());
    for (const key of page.keys) {
      print(separator + JSON.stringify(withWarnings(key, roles)));
      separator = ',\n';
    }
    left -= page.keys.length;
    after = page.next;
  } while (after !== undefined && left > 0);
  print(']\n');
}

function withWarnings(key: KeyRecord, roles: RoleDefinitions): object {
  const warnings = describeWorthlessDenials(key.scopes, roles);
  return warnings.length === 0 ? key : { ...key, warnings };
}

function toFilter({ user, expiringWithin, unusedSince, after }: ListOptions, limit: number): KeyFilter {
  return {
    limit,
    ...(user !== undefined && { userId: user }),
    ...(expiringWithin !== undefined && { expiresBefore: expiringWithin }),
    ...(unusedSince !== undefined && { unusedSince }),
    ...(after !== undefined && { after }),
  };
}

const HEAD = ['ID', 'USER', 'STATE', 'FROM', 'UNTIL', 'LAST USED', 'SCOPES', 'DESCRIPTION'];

function toRow(key: KeyRecord, now: Date): string[] {
  return [
    key.id,
    key.userId,
    keyState(key, now),
    toTimeText(key.validFrom),
    toTimeText(key.expiresAt),
    toTimeText(key.lastUsedAt),
    key.scopes,
    key.description,
  ];
}
