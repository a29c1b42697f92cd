import { Command } from 'commander';
import { KeyProblem } from '../keys/key-problem.ts';
import { digestCleartextKeys, type MigrationPlan, planMigration, prepareTables } from '../storage/migrate.ts';
import { confirm } from './confirm.ts';
import { EXIT } from './exit-codes.ts';
import { print } from './print.ts';
import { withStore } from './with-store.ts';

interface MigrateOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly keepCleartext?: boolean;
}

export function createMigrateCommand(): Command {
  return new Command('migrate')
    .description(
      'Bring the tables to the form of this version: an older one, that of the service this one replaces, or none.',
    )
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only show what it would do')
    .option(
      '--keep-cleartext',
      'leave keys in clear as they are, while the service that this one replaces still has to read them',
    )
    .addHelpText('after', HELP)
    .action((options: MigrateOptions) => withStore(({ sequelize }) => migrate(sequelize, options)));
}

const HELP = `
It can be interrupted at any moment and run again. The service may run all the while: it reads a table of either form.
Make a backup first: keys in clear are replaced by their digests, and nothing brings them back.

Examples:
  prefect-auth migrate --dry-run
  prefect-auth migrate --yes`;

async function migrate(sequelize: Parameters<typeof planMigration>[0], options: MigrateOptions): Promise<void> {
  const plan = await planMigration(sequelize);
  if (plan.obstacles.length > 0) {
    throw new KeyProblem('conflict', `Correct this in prefect_api_keys first:\n${toList(plan.obstacles)}`);
  }
  const steps = toSteps(plan, options);
  if (steps.length === 0) {
    print('The tables have the form of this version; there is nothing to do.\n');
    return;
  }
  const what = plan.isNew ? 'There are no keys in the database yet.' : `There are ${plan.rows} keys in the database.`;
  print(`${what} This will be done:\n${toList(steps)}\n`);
  if (options.dryRun) return;
  if (!options.yes && !(await confirm('Go on?'))) {
    process.exitCode = EXIT.usage;
    return;
  }
  await prepareTables(sequelize);
  if (!options.keepCleartext) await digestCleartextKeys(sequelize);
  print('Done.\n');
}

function toSteps(plan: MigrationPlan, { keepCleartext }: MigrateOptions): string[] {
  if (plan.cleartextRows === 0 || keepCleartext) return [...plan.steps];
  return [
    ...plan.steps,
    `put digests in the place of ${plan.cleartextRows} keys in clear: the keys stay valid here, ` +
      'and the service that this one replaces no longer knows them (--keep-cleartext leaves them)',
  ];
}

function toList(lines: readonly string[]): string {
  return lines.map((line) => `  - ${line}`).join('\n');
}
