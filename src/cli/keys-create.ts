import { Command, Option } from 'commander';
import { KeyProblem } from '../keys/key-problem.ts';
import { actor } from './actor.ts';
import { printIssuedKey } from './issued-key.ts';
import { readScopes, type ScopesOptions, takesScopes } from './scopes-options.ts';
import { readFutureTime, readTime } from './times.ts';
import { withStore } from './with-store.ts';

interface CreateOptions extends ScopesOptions {
  readonly user: string;
  readonly expires: Date;
  readonly notBefore?: Date;
  readonly description?: string;
  readonly json?: boolean;
}

export function createCreateCommand(): Command {
  const command = new Command('create')
    .description('Issue a key. It is shown once; only its digest is stored.')
    .requiredOption('--user <name>', 'whose key it is: a user or a service account')
    .addOption(
      new Option('--expires <when>', 'a duration or a date: 90d, 12h, 2027-01-31')
        .argParser(readFutureTime)
        .default(readFutureTime('90d'), '90d'),
    )
    .option('--not-before <when>', 'from when it is valid, a duration or a date; from now if not given', readTime)
    .option('--description <text>', 'what it is for')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(createKey);
  return takesScopes(command, 'what it may do');
}

const EXAMPLES = `
Examples:
  prefect-auth keys create --user alice --role developer --expires 90d --description "Alice's laptop"
  prefect-auth keys create --user ci --scopes "query/* mutation/create_flow_run_from_deployment" --expires 2027-01-31
  prefect-auth keys create --user night-shift --role runner --not-before 2026-12-24T18:00Z --expires 2026-12-25T06:00Z
  prefect-auth keys create --user worker-1 --role worker --work-pool gpu --json | jq -r .key >worker-1.key`;

async function createKey(options: CreateOptions): Promise<void> {
  const scopes = readScopes(options);
  if (scopes === undefined) throw new KeyProblem('invalid', 'One of --scopes and --role is required.');
  const request = {
    userId: options.user,
    scopes,
    description: options.description ?? '',
    validFrom: options.notBefore ?? new Date(),
    expiresAt: options.expires,
    issuedBy: actor(),
  };
  const { issued, ownerScopes } = await withStore(async ({ keys }, manage) => ({
    issued: await manage.keys.create(request),
    ownerScopes: await keys.ownerScopes(options.user),
  }));
  printIssuedKey(issued, ownerScopes, options);
}
