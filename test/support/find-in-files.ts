import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files below a folder that hold one of the texts, in any encoding that keeps its bytes. */
export function findInFiles(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFile(path);
      return texts.filter((text) => bytes.includes(text)).map((text) => `${path}: ${text}`);
    });
}

/** What every process of this machine was started with: its command line and its environment. */
export function readProcessLists(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`).toString('latin1')))
    .join('\n');
}

/** A file that is gone meanwhile holds nothing. */
function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
