import { Command, InvalidArgumentError, Option } from 'commander';
import type { ApiKey } from '../authentication/api-key.ts';
import { compilePolicy } from '../authorization/policy.ts';
import { issueKey } from '../issue-key.ts';
import { clientLines } from './client-lines.ts';
import { configuredRoles } from './configured-roles.ts';
import { parseDuration } from './duration.ts';
import { withStore } from './with-store.ts';

interface CreateOptions {
  readonly user: string;
  readonly scopes?: string;
  readonly role?: string;
  readonly expires: Date;
  readonly json?: boolean;
}

export function createKeysCommand(): Command {
  return new Command('keys')
    .description('Issue, list and revoke API keys.')
    .addCommand(createCreateCommand())
    .addCommand(createListCommand())
    .addCommand(createRevokeCommand());
}

function createCreateCommand(): Command {
  return new Command('create')
    .description('Issue a key. It is shown once; only its digest is stored.')
    .requiredOption('--user <name>', 'whose key it is')
    .addOption(new Option('--scopes <scopes>', 'what it may do, e.g. "query/* mutation/create_flow_run"'))
    .addOption(new Option('--role <role>', 'a role, as `roles list` shows them').conflicts('scopes'))
    .option('--expires <duration or date>', 'e.g. 90d, 12h, 2027-01-31', readExpiry, readExpiry('90d'))
    .option('--json', 'for machines')
    .action(async (options: CreateOptions, command: Command) => {
      const scopes = options.scopes ?? (options.role === undefined ? undefined : `role:${options.role}`);
      if (scopes === undefined) command.error('error: one of --scopes and --role is required');
      const { problem } = compilePolicy(scopes, configuredRoles());
      if (problem !== undefined) command.error(`error: these scopes grant nothing: ${problem}`);
      await createKey(options, scopes);
    });
}

function readExpiry(text: string): Date {
  const duration = parseDuration(text);
  const date = duration === undefined ? new Date(text) : new Date(Date.now() + duration);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It is neither a duration like 90d nor a date.');
  if (date.getTime() <= Date.now()) throw new InvalidArgumentError('It lies in the past.');
  return date;
}

async function createKey(options: CreateOptions, scopes: string): Promise<void> {
  const request = {
    userId: options.user,
    scopes,
    validFrom: new Date(),
    expiresAt: options.expires,
    issuedBy: 'cli',
  };
  const { key, apiKey } = await withStore(({ keys }) => issueKey(keys, request));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ key, ...apiKey })}\n`);
    return;
  }
  process.stdout.write(
    `The key of ${apiKey.userId} (id ${apiKey.id}), shown this once:\n\n    ${key}\n\n` +
      `It grants ${scopes} and expires on ${apiKey.expiresAt.toISOString()}.\n\n${clientLines(key)}\n`,
  );
}

function createListCommand(): Command {
  return new Command('list')
    .description('List the keys: id, user, scopes, from when to when they hold.')
    .option('--json', 'for machines')
    .action(async ({ json }: { json?: boolean }) => {
      const { keys } = await withStore((store) => store.keys.list({ limit: 1000 }, new Date()));
      process.stdout.write(json ? `${JSON.stringify(keys)}\n` : toTable(keys));
    });
}

function createRevokeCommand(): Command {
  return new Command('revoke')
    .description('End a key now.')
    .argument('<id>', 'its id, as `keys list` shows it')
    .action(async (id: string) => {
      const key = await withStore(({ keys }) => keys.revoke(id, new Date(), 'cli'));
      process.stdout.write(`The key ${id} of ${key.userId} holds no longer.\n`);
    });
}

function toTable(keys: readonly ApiKey[]): string {
  const rows = keys.map((key) => [
    key.id,
    key.userId,
    key.validFrom.toISOString(),
    key.expiresAt.toISOString(),
    key.scopes,
  ]);
  const all = [['ID', 'USER', 'FROM', 'UNTIL', 'SCOPES'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] as string).length)));
  return all.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('');
}
