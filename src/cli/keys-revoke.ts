import { Command } from 'commander';
import { actor } from './actor.ts';
import { chooseKey, type KeyChoice, takesKey } from './key-choice.ts';
import { print } from './print.ts';
import { withStore } from './with-store.ts';

export function createRevokeCommand(): Command {
  const command = new Command('revoke')
    .description('Revoke a key, immediately and for good.')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, options: KeyChoice & { json?: boolean }) => {
      const key = await withStore(async (store, manage) =>
        manage.keys.revoke(await chooseKey(store, id, options), new Date(), actor()),
      );
      print(options.json ? `${JSON.stringify(key)}\n` : `The key ${key.id} of ${key.userId} is no longer valid.\n`);
    });
  return takesKey(command);
}

const EXAMPLES = `
Examples:
  prefect-auth keys revoke 3f9a0c5d1b2e4a67
  pass show leaked-key | prefect-auth keys revoke --key-file -`;
