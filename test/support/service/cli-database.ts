import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestFn } from 'ava';
import { readConfig } from '../../../src/config/read-config.ts';
import { openStore, type Store } from '../../../src/storage/open-store.ts';
import { type CliResult, runCli } from '../process/run-cli.ts';

export interface CliDatabase {
  readonly folder: string;
  readonly store: Store;
  /** Runs the command line on it; `more` are settings beside DATA_DIR. */
  run(words: readonly string[], more?: Readonly<Record<string, string>>, options?: CliOptions): Promise<CliResult>;
  /** @returns the path of a file in its folder */
  write(name: string, text: string): Promise<string>;
}

type CliOptions = Parameters<typeof runCli>[2];

/** An embedded database that is open for all tests of a file, as a running service has it, and goes with them. */
export function openCliDatabase(test: TestFn): () => CliDatabase {
  let folder: string | undefined;
  let database: CliDatabase | undefined;

  test.before('a database', async () => {
    const made = await mkdtemp(join(tmpdir(), 'prefect-auth-cli-'));
    folder = made;
    database = {
      folder: made,
      store: await openStore(readConfig({ DATA_DIR: made })),
      run: (words, more = {}, options = {}) => runCli({ DATA_DIR: made, ...more }, words, options),
      async write(name, text) {
        await writeFile(join(made, name), text);
        return join(made, name);
      },
    };
  });

  test.after.always('it goes', async () => {
    await database?.store.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  return () => {
    if (database === undefined) throw new Error('The database is made before the tests.');
    return database;
  };
}
