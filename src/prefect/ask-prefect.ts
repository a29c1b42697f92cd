import { Fault } from '../faults/fault.ts';
import { createReadAnswer } from './bounded-answers.ts';
import type { Names, ReadNames } from './names.ts';

/** nginx waits for five seconds. */
const TIMEOUT_MS = 3_000;
/** Asks Prefect about one object; undefined if there is none. Rejects if Prefect does not answer, or not with JSON. */
export type AskPrefect = (url: string) => Promise<Names | undefined>;

export function createAskPrefect(readNames: ReadNames): AskPrefect {
  const readAnswer = createReadAnswer();

  async function readNamesOf(answer: Buffer): Promise<Names> {
    try {
      return await readNames(answer);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new Fault(
        'Prefect at API_SERVICE_URL did not answer with JSON when the service looked up what a request names',
      );
    }
  }

  return async function askPrefect(url) {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { signal, redirect: 'error' }).catch((error: Error) => {
      throw new Fault(`Prefect at API_SERVICE_URL did not answer: ${causeOf(error)}`);
    });
    if (response.ok && response.body !== null) {
      // A longer answer counts as one without names.
      const bytes = await readAnswer(response.body);
      return bytes === undefined ? {} : readNamesOf(bytes);
    }
    await response.body?.cancel();
    if (response.status === 404 || response.status === 422) return undefined;
    throw new Fault(
      `Prefect at API_SERVICE_URL answered ${response.status} when the service looked up what a request names`,
    );
  };
}

/** `ECONNREFUSED` or `TimeoutError`: fetch's own message says only that it failed. */
function causeOf(error: Error): string {
  const { code, name } = (error.cause ?? error) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : name;
}
