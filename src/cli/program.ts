import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { ConfigurationError } from '../config/read-config.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import { createAccountsCommand } from './accounts.ts';
import { createCompletionCommand } from './completion.ts';
import { createConfigCommand } from './config.ts';
import { createDoctorCommand } from './doctor.ts';
import { EXIT, EXIT_CODES_HELP, EXIT_OF_PROBLEM } from './exit-codes.ts';
import { createExplainCommand } from './explain.ts';
import { createKeysCommand } from './keys.ts';
import { createMigrateCommand } from './migrate.ts';
import { print, printError } from './print.ts';
import { createRolesCommand } from './roles.ts';

export function createProgram(): Command {
  const program = new Command('prefect-auth')
    .description('Users, scoped API keys and roles for self-hosted Prefect.')
    .addCommand(createKeysCommand())
    .addCommand(createAccountsCommand())
    .addCommand(createRolesCommand())
    .addCommand(createExplainCommand())
    .addCommand(createDoctorCommand())
    .addCommand(createMigrateCommand())
    .addCommand(createConfigCommand())
    .addCommand(createCompletionCommand())
    .version(manifest.version, '-V, --version', 'print the version')
    .addHelpText('after', EXIT_CODES_HELP);
  prepare(program);
  return program;
}

/** @returns the exit code. By then an error is on standard error, in one line and without a secret. */
export async function runProgram(words: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(words, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    const problem = error instanceof ConfigurationError ? error.message : `prefect-auth: ${describe(error as Error)}`;
    printError(`${problem}\n`);
    return exitCodeOf(error);
  }
}

/** A driver's message does not say which server it means. */
function describe({ name, message }: Error): string {
  const isOfDatabase = /^Sequelize\w*(?:Connection|HostNotFound|HostNotReachable|AccessDenied)/.test(name);
  return isOfDatabase ? `The database of DB_HOST, DB_PORT, DB_USER and DB_PASSWORD: ${message}` : message;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return EXIT.configuration;
  return error instanceof KeyProblem ? EXIT_OF_PROBLEM[error.code] : EXIT.fault;
}

/** Subcommands do not inherit this. */
function prepare(command: Command): void {
  command.configureOutput({ writeOut: print, writeErr: printError });
  command.exitOverride().showHelpAfterError('(add --help for what it takes)');
  for (const child of command.commands) prepare(child);
}
