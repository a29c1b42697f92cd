import { Fault } from '../fault.ts';
import type { Names, ReadNames } from './names.ts';

/** nginx waits for five seconds. */
const TIMEOUT_MS = 3_000;
/** Of one answer; a deployment has its schema in it, which may be long. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Of all answers that are being read. */
const MOST_BYTES_TOGETHER = 64 * 1024 * 1024;

/** Asks Prefect about one object. Rejects where Prefect does not answer, or answers neither with JSON nor that there is none. */
export type AskPrefect = (url: string) => Promise<Names | undefined>;

export function createAskPrefect(readNames: ReadNames): AskPrefect {
  let bytesTogether = 0;

  /** Undefined where it is longer than anything that has names. */
  async function readBytes(body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        bytesTogether += chunk.length;
        if (bytes > MOST_BYTES) return undefined;
        if (bytesTogether > MOST_BYTES_TOGETHER)
          throw new Fault('Prefect answers more at once than the service has room for.');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      bytesTogether -= bytes;
    }
  }

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
      const bytes = await readBytes(response.body);
      return bytes === undefined ? {} : readNamesOf(bytes);
    }
    await response.body?.cancel();
    if (response.status === 404 || response.status === 422) return undefined;
    throw new Fault(
      `Prefect at API_SERVICE_URL answered ${response.status} when the service looked up what a request names`,
    );
  };
}

/** `ECONNREFUSED`, `TimeoutError`: what fetch says itself is that it failed. */
function causeOf(error: Error): string {
  const { code, name } = (error.cause ?? error) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : name;
}
