import { Command } from 'commander';
import { toCsvLine } from './csv.ts';
import { print } from './print.ts';
import { withStore } from './with-store.ts';

const COLUMNS = [
  'id',
  'userId',
  'scopes',
  'description',
  'validFrom',
  'expiresAt',
  'revokedAt',
  'lastUsedAt',
  'replacedBy',
  'createdAt',
  'createdBy',
  'updatedAt',
  'updatedBy',
] as const;
const PAGE = 1000;

export function createExportCommand(): Command {
  return new Command('export')
    .description('Write all keys as CSV, for an inventory or an auditor: neither keys nor digests are in it.')
    .option('--json', 'one JSON object a line instead')
    .addHelpText('after', '\nExample:\n  prefect-auth keys export >keys.csv')
    .action(async ({ json }: { json?: boolean }) => {
      await withStore(async (store) => {
        if (!json) print(toCsvLine(COLUMNS));
        let after: string | undefined;
        do {
          const page = await store.keys.list({ limit: PAGE, ...(after !== undefined && { after }) }, new Date());
          for (const key of page.keys) {
            print(json ? `${JSON.stringify(key)}\n` : toCsvLine(COLUMNS.map((name) => toCell(key[name]))));
          }
          after = page.next;
        } while (after !== undefined);
      });
    });
}

function toCell(value: string | Date | undefined): string {
  if (!(value instanceof Date)) return value ?? '';
  return Number.isNaN(value.getTime()) ? '' : value.toISOString();
}
