import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs';

/** Where a process prints to, standard output and standard error alike. */
export interface ServiceOutput {
  readonly stdio: 'pipe' | number;
  follow(child: ChildProcess): void;
  read(): string;
  close(): void;
}

const KEPT_BYTES = 1_000_000;
const EMPTIED_EVERY_MS = 500;

/** Comes to this process; the last million bytes are kept, or some more. */
export function createPipedOutput(): ServiceOutput {
  const chunks: Buffer[] = [];
  let kept = 0;
  // At no cost to speak of: under load, a service prints ten megabytes in a second.
  function add(chunk: Buffer): void {
    chunks.push(chunk);
    kept += chunk.length;
    while (kept - (chunks[0]?.length ?? 0) >= KEPT_BYTES) kept -= chunks.shift()?.length ?? 0;
  }
  return {
    stdio: 'pipe',
    follow({ stdout, stderr }) {
      for (const stream of [stdout, stderr]) stream?.on('data', add);
    },
    read: () => Buffer.concat(chunks).toString(),
    close() {},
  };
}

/** Goes into a file, so that no reader is woken for every line. Only the start is kept: a full file is emptied. */
export function createFileOutput(path: string): ServiceOutput {
  const file = openSync(path, 'a');
  let start: string | undefined;
  const emptying = setInterval(() => {
    if (fstatSync(file).size < KEPT_BYTES) return;
    start ??= readFileSync(path, 'utf8');
    ftruncateSync(file);
  }, EMPTIED_EVERY_MS).unref();
  return {
    stdio: file,
    follow() {},
    read: () => start ?? readFileSync(path, 'utf8'),
    close() {
      clearInterval(emptying);
      closeSync(file);
    },
  };
}
