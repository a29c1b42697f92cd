import { Command, Option } from 'commander';
import { actor } from './actor.ts';
import { printIssuedKey } from './issued-key.ts';
import { chooseKey, type KeyChoice, takesKey } from './key-choice.ts';
import { readDuration, readFutureTime } from './times.ts';
import { withStore } from './with-store.ts';

interface RotateOptions extends KeyChoice {
  readonly grace: number;
  readonly expires?: Date;
  readonly json?: boolean;
}

export function createRotateCommand(): Command {
  const command = new Command('rotate')
    .description('Replace a key by a new one. The old key stays valid for a while, and then expires.')
    .addOption(
      new Option('--grace <duration>', 'how long the old key stays valid: 24h, 30m, 0')
        .argParser(readDuration)
        .default(readDuration('24h'), '24h'),
    )
    .option('--expires <when>', 'a duration or a date; if not given, as long as the old key was given', readFutureTime)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, options: RotateOptions) => {
      const [issued, ownerScopes] = await withStore(async (store, manage) => {
        const old = await chooseKey(store, id, options);
        const successor = await manage.keys.rotate(old, {
          now: new Date(),
          graceMs: options.grace,
          rotatedBy: actor(),
          ...(options.expires !== undefined && { expiresAt: options.expires }),
        });
        return [successor, await store.keys.ownerScopes(successor.apiKey.userId)] as const;
      });
      printIssuedKey(issued, ownerScopes, options);
    });
  return takesKey(command);
}

const EXAMPLES = `
Examples:
  prefect-auth keys rotate 3f9a0c5d1b2e4a67 --grace 24h
  prefect-auth keys rotate --key-file leaked.txt --grace 0

Of two who rotate the same key, one wins, and the other is told so (exit code 4).`;
