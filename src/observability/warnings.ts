import type { Logger } from './logger.ts';

/** What an operator has to mend, while the service goes on: said in the log when it is new, and by `/readyz` while it lasts. */
export interface Warnings {
  /** @param problem undefined once there is none */
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
