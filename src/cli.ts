#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { createConfigCommand } from './cli/config.ts';
import { createKeysCommand } from './cli/keys.ts';
import { createRolesCommand } from './cli/roles.ts';
import { ConfigurationError } from './config.ts';

const program = new Command('prefect-auth')
  .description('Users, scoped API keys and roles for self-hosted Prefect.')
  .addCommand(createKeysCommand())
  .addCommand(createRolesCommand())
  .addCommand(createConfigCommand())
  .showHelpAfterError('(add --help for what it takes)');

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) throw error;
  const problem = error instanceof ConfigurationError ? error.message : `prefect-auth: ${(error as Error).message}`;
  process.stderr.write(`${problem}\n`);
  process.exitCode = error instanceof ConfigurationError ? 78 : 1;
}
