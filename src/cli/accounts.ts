import { Command } from 'commander';
import { describeWorthlessDenials } from '../amounts/describe-amounts.ts';
import type { Account } from '../keys/account.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import { actor } from './actor.ts';
import { configuredRoles } from './configured-roles.ts';
import { print } from './print.ts';
import { readScopes, type ScopesOptions, takesScopes } from './scopes-options.ts';
import { toTable } from './table.ts';
import { withStore } from './with-store.ts';

interface SetOptions extends ScopesOptions {
  readonly service?: boolean;
  readonly unbounded?: boolean;
  readonly description?: string;
}

export function createAccountsCommand(): Command {
  return new Command('accounts')
    .description('Manage users and service accounts, which keys belong to, and the most that they may do.')
    .addCommand(createSetCommand())
    .addCommand(createListCommand())
    .addCommand(createRemoveCommand());
}

function createSetCommand(): Command {
  const command = new Command('set')
    .description('Create or change an account. An operation is allowed only if both the key and its account may do it.')
    .argument('<name>', 'as keys have it in --user')
    .option('--service', 'a service account, which has one key at a time')
    .option('--no-service', 'a user (the default of a new account)')
    .option('--unbounded', 'nothing bounds its keys: removes what --role and --scopes set')
    .option('--description <text>', 'who or what it is')
    .addHelpText('after', EXAMPLES)
    .action(setAccount);
  return takesScopes(command, 'the most that any of its keys may do');
}

const EXAMPLES = `
What is not given stays as it is. Nothing bounds the keys of a new account without --role and --scopes.

Examples:
  prefect-auth accounts set alice --role developer
  prefect-auth accounts set nightly-etl --service --role runner --description "the nightly load"`;

async function setAccount(name: string, options: SetOptions): Promise<void> {
  const given = readScopes(options);
  if (given !== undefined && options.unbounded) {
    throw new KeyProblem('invalid', '--unbounded conflicts with --role and --scopes.');
  }
  const account = await withStore(async ({ accounts }, manage) => {
    const before = (await accounts.get(name)) ?? { userId: name, kind: 'user', description: '' };
    const changed = change(before, options, given);
    await manage.accounts.set(changed, actor());
    return changed;
  });
  const what = account.kind === 'user' ? 'user' : 'service account';
  print(`Keys of the ${what} ${name} may do at most ${account.scopes ?? 'what each of them says'}.\n`);
}

/** An option that is not given changes nothing: a new description must not remove the bound. */
function change(account: Account, options: SetOptions, given: string | undefined): Account {
  const { scopes: before, ...rest } = account;
  const scopes = options.unbounded ? undefined : (given ?? before);
  return {
    ...rest,
    ...(options.service !== undefined && { kind: options.service ? 'service_account' : 'user' }),
    ...(options.description !== undefined && { description: options.description }),
    ...(scopes !== undefined && { scopes }),
  };
}

function createListCommand(): Command {
  return new Command('list')
    .description('List the accounts.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const accounts = await withStore(({ accounts }) => accounts.list());
      const rows = accounts.map((account) => [
        account.userId,
        account.kind,
        account.scopes ?? '-',
        account.description,
      ]);
      const head = ['NAME', 'KIND', 'AT MOST', 'DESCRIPTION'];
      const roles = configuredRoles();
      const notes = accounts.flatMap(({ userId, scopes = '' }) =>
        describeWorthlessDenials(scopes, roles).map((worthless) => `${userId}: ${worthless}\n`),
      );
      print(json ? `${JSON.stringify(accounts)}\n` : toTable(head, rows) + notes.join(''));
    });
}

function createRemoveCommand(): Command {
  return new Command('remove')
    .description('Revoke all keys of an account, and remove it.')
    .argument('<name>')
    .action(async (name: string) => {
      const ended = await withStore((_, manage) => manage.accounts.remove(name, new Date(), actor()));
      print(`${name} is gone, and with it ${ended} keys.\n`);
    });
}
