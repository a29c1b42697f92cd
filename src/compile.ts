import { readdirSync } from 'node:fs';
import { relative } from 'node:path';

const itself = relative(import.meta.dirname, import.meta.filename);

/**
 * Loads every file of the service and of the command line, and runs nothing. Node keeps them compiled where
 * NODE_COMPILE_CACHE says; from there they start sooner, and without the compiler of TypeScript in their memory. What
 * was changed since, or compiled by another Node, is compiled anew.
 */
for (const file of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.ts') && file !== itself) await import(`./${file}`);
}
