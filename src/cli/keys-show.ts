import { Command } from 'commander';
import { describeAmounts, describeWorthlessDenials } from '../amounts/describe-amounts.ts';
import { compileBoundPolicy } from '../authorization/policy.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import { keyState } from '../keys/key-state.ts';
import { escapeHidden } from '../output/quote.ts';
import { configuredRoles } from './configured-roles.ts';
import { chooseKey, type KeyChoice, takesKey } from './key-choice.ts';
import { print } from './print.ts';
import { toTimeText } from './table.ts';
import { withStore } from './with-store.ts';

export function createShowCommand(): Command {
  const command = new Command('show')
    .description('Show everything about a key: whose it is, what it may do, and its history.')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, options: KeyChoice & { json?: boolean }) => {
      const [key, bound] = await withStore(async (store) => {
        const key = await store.keys.get(await chooseKey(store, id, options));
        return [key, await store.keys.ownerScopes(key.userId)] as const;
      });
      const roles = configuredRoles();
      const amountsTo = describeAmounts(compileBoundPolicy(key.scopes, bound, roles));
      const warnings = describeWorthlessDenials(key.scopes, roles);
      const notes = [...amountsTo, ...warnings].map((sentence) => `${sentence}\n`).join('');
      print(options.json ? `${JSON.stringify({ ...key, amountsTo, warnings })}\n` : `${describe(key, bound)}${notes}`);
    });
  return takesKey(command);
}

const EXAMPLES = `
Examples:
  prefect-auth keys show 3f9a0c5d1b2e4a67
  prefect-auth keys show --key-file leaked.txt      whose key is this?`;

function describe(key: KeyRecord, bound: string | undefined): string {
  const lines: [string, string][] = [
    ['id', key.id],
    ['user', key.userId],
    ['description', key.description || '-'],
    ['state', keyState(key, new Date())],
    ['scopes', key.scopes],
    ['bounded by', bound ?? 'nothing'],
    ['from', toTimeText(key.validFrom)],
    ['until', toTimeText(key.expiresAt)],
    ['last used', toTimeText(key.lastUsedAt)],
    ['revoked', toTimeText(key.revokedAt)],
    ['replaced by', key.replacedBy ?? '-'],
    ['created', `${toTimeText(key.createdAt)} by ${key.createdBy ?? '-'}`],
    ['changed', `${toTimeText(key.updatedAt)} by ${key.updatedBy ?? '-'}`],
    ['stored', key.isCleartext ? 'in clear; prefect-auth migrate replaces it by its digest' : 'as a digest'],
  ];
  return lines.map(([name, value]) => `${name.padEnd(12)} ${escapeHidden(value)}\n`).join('');
}
