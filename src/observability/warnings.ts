import type { Logger } from './logger.ts';

/** Problems that an operator has to repair while the service goes on: the log reports a new one, `/readyz` those that last. */
export interface Warnings {
  /** @param problem undefined if there is none, or none any longer */
  set(subject: string, problem: string | undefined): void;
  list(): readonly string[];
}

export function createWarnings(logger: Logger): Warnings {
  const problems = new Map<string, string>();
  return {
    set(subject, problem) {
      const before = problems.get(subject);
      if (problem === before) return;
      if (problem === undefined) {
        problems.delete(subject);
        logger.warn({ subject }, `Resolved: ${before}`);
        return;
      }
      problems.set(subject, problem);
      logger.error({ subject }, problem);
    },
    list: () => [...problems.values()],
  };
}
