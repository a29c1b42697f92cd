import { setTimeout as sleep } from 'node:timers/promises';
import type { Warnings } from '../observability/warnings.ts';
import { checkPrefectPaths, type PrefectPaths } from './check-paths.ts';

/** Prefect may start after this service, and may restart with other settings. */
const UNKNOWN_MS = 10_000;
const KNOWN_MS = 300_000;

/** Warns as long as Prefect's paths differ from the settings. @returns a function that stops it */
export function watchPrefectPaths(paths: PrefectPaths, warnings: Warnings): () => void {
  const ending = new AbortController();
  void watch(paths, warnings, ending.signal);
  return () => ending.abort();
}

async function watch(paths: PrefectPaths, warnings: Warnings, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const problems = await checkPrefectPaths(paths);
    for (const [setting, problem] of Object.entries(problems ?? {})) warnings.set(setting, problem);
    await sleep(problems === undefined ? UNKNOWN_MS : KNOWN_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}
