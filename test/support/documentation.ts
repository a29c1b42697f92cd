import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../src/cli/program.ts';

const root = join(import.meta.dirname, '../..');

/** The pages for those who install, run and use the service, by their paths. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].sort();

export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** All pages, one after the other. */
export function readPages(): string {
  return pages.map(readPage).join('\n');
}

/** The blocks that a reader pastes into a shell. */
export function readShellBlocks(text: string): string {
  return [...text.matchAll(/^ *```bash\n([\s\S]*?)^ *```$/gm)].map(([, block]) => block).join('\n');
}

/** The calls of `prefect-auth` in a text, each as the words after it. Dates lie ahead: those of examples pass. */
export function findCommands(text: string): string[][] {
  const names = createProgram().commands.map((command) => command.name());
  const pattern = new RegExp(`prefect-auth ((?:${names.join('|')})\\b[^\`\\n|>#]*)`, 'g');
  return [...text.replaceAll('\\\n', '').matchAll(pattern)].map(([, line = '']) =>
    [...line.replaceAll(/\d{4}-\d{2}-\d{2}/g, '9000-01-01').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    ),
  );
}
