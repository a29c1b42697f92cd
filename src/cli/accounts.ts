import { Command } from 'commander';
import { EVERYTHING } from '../authentication/invalidation-channel.ts';
import { actor } from './actor.ts';
import { readScopes, type ScopesOptions, takesScopes } from './scopes-options.ts';
import { toTable } from './table.ts';
import { withStore } from './with-store.ts';

interface SetOptions extends ScopesOptions {
  readonly service?: boolean;
  readonly description?: string;
}

export function createAccountsCommand(): Command {
  return new Command('accounts')
    .description('Say who keys belong to, users and service accounts, and what they may do at most.')
    .addCommand(createSetCommand())
    .addCommand(createListCommand())
    .addCommand(createRemoveCommand());
}

function createSetCommand(): Command {
  const command = new Command('set')
    .description('Create or change an account. An operation is allowed where both the key and its owner may do it.')
    .argument('<name>', 'as keys have it in --user')
    .option('--service', 'a service account, which has one key at a time; a user if not given')
    .option('--description <text>', 'who or what it is')
    .addHelpText('after', EXAMPLES)
    .action(setAccount);
  return takesScopes(command, 'the most that any of its keys may do');
}

const EXAMPLES = `
Without --role and --scopes nothing bounds its keys but what each of them says.

Examples:
  prefect-auth accounts set alice --role developer
  prefect-auth accounts set nightly-etl --service --role runner --description "the nightly load"`;

async function setAccount(name: string, options: SetOptions): Promise<void> {
  const scopes = readScopes(options);
  const account = {
    userId: name,
    kind: options.service ? ('service_account' as const) : ('user' as const),
    description: options.description ?? '',
    ...(scopes !== undefined && { scopes }),
  };
  await withStore(async ({ accounts }, tell) => {
    await accounts.set(account, actor());
    await tell(EVERYTHING);
  });
  process.stdout.write(`The keys of ${name} carry at most ${scopes ?? 'what each of them says'}.\n`);
}

function createListCommand(): Command {
  return new Command('list')
    .description('List the accounts.')
    .option('--json', 'for machines')
    .action(async ({ json }: { json?: boolean }) => {
      const accounts = await withStore(({ accounts }) => accounts.list());
      const rows = accounts.map((account) => [
        account.userId,
        account.kind,
        account.scopes ?? '-',
        account.description,
      ]);
      const head = ['NAME', 'KIND', 'AT MOST', 'DESCRIPTION'];
      process.stdout.write(json ? `${JSON.stringify(accounts)}\n` : toTable(head, rows));
    });
}

function createRemoveCommand(): Command {
  return new Command('remove')
    .description('End all keys of an account, and forget it.')
    .argument('<name>')
    .action(async (name: string) => {
      const ended = await withStore(async ({ accounts }, tell) => {
        const count = await accounts.remove(name, new Date(), actor());
        await tell(EVERYTHING);
        return count;
      });
      process.stdout.write(`${name} is gone, and with it ${ended} keys.\n`);
    });
}
