import type { Logger } from './logger.ts';

/** Warns once when something fails, and once when it is back, however often it was tried in between. */
export interface Outages {
  failed(what: string, error: unknown): void;
  recovered(what: string): void;
}

export function createOutages(logger: Logger): Outages {
  const failing = new Set<string>();
  return {
    failed(what, error) {
      if (failing.has(what)) return;
      failing.add(what);
      const { name, message, code } = error as NodeJS.ErrnoException;
      logger.warn({ what, error: name, code }, `${what} fails: ${message}`);
    },
    recovered(what) {
      if (failing.delete(what)) logger.warn({ what }, `${what} works again.`);
    },
  };
}
