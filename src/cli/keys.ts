import { Command } from 'commander';
import { createCreateCommand } from './keys-create.ts';
import { createExportCommand } from './keys-export.ts';
import { createImportCommand } from './keys-import.ts';
import { createListCommand } from './keys-list.ts';
import { createRevokeCommand } from './keys-revoke.ts';
import { createRotateCommand } from './keys-rotate.ts';
import { createShowCommand } from './keys-show.ts';

export function createKeysCommand(): Command {
  return new Command('keys')
    .description('Issue, list, show, rotate and revoke API keys; bring them in and out.')
    .addCommand(createCreateCommand())
    .addCommand(createListCommand())
    .addCommand(createShowCommand())
    .addCommand(createRotateCommand())
    .addCommand(createRevokeCommand())
    .addCommand(createImportCommand())
    .addCommand(createExportCommand());
}
