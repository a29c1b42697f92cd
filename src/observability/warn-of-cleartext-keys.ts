import type { Logger } from './logger.ts';

/** Does not wait for the count: the service starts even if the database does not answer yet. */
export function warnOfCleartextKeys(countCleartext: () => Promise<number>, areAllowed: boolean, logger: Logger): void {
  const consequence = areAllowed
    ? 'anyone who can read the table can use them. Replace them by digests: prefect-auth migrate'
    : 'they are refused (ALLOW_CLEARTEXT_KEYS=false).';
  countCleartext().then(
    (count) =>
      count > 0 && logger.warn({ cleartextKeys: count }, `The table holds ${count} keys in clear; ${consequence}`),
    (error: Error) => logger.warn({ error: error.name }, `The database cannot be read yet: ${error.message}`),
  );
}
