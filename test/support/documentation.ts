import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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
