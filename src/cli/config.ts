import { Command } from 'commander';
import { findMisspeltSettings } from '../config/misspelt-settings.ts';
import { readConfig } from '../config/read-config.ts';
import { type Config, type SettingName, settings } from '../config/settings.ts';
import { print } from './print.ts';

export function createConfigCommand(): Command {
  return new Command('config')
    .description('Show the settings that are in force, secrets masked.')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) => {
      // biome-ignore lint/style/noProcessEnv: the settings are the environment
      const environment = process.env;
      const shown = maskSecrets(readConfig(environment));
      for (const problem of findMisspeltSettings(environment)) process.stderr.write(`${problem}\n`);
      print(json ? `${JSON.stringify(shown, null, 2)}\n` : toLines(shown));
    });
}

function maskSecrets(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      const isSecret = 'secret' in settings[name as SettingName];
      return [name, isSecret && value !== undefined ? '***' : (value ?? null)];
    }),
  );
}

function toLines(shown: Record<string, unknown>): string {
  return Object.entries(shown)
    .map(([name, value]) => `${name}=${value ?? ''}\n`)
    .join('');
}
