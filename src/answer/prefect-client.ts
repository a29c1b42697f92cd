import { createReadAnswer } from '../prefect/bounded-answers.ts';

/** A document on its way to Prefect; the variables as the client sent them. */
export interface Forwarded {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: unknown;
}

export interface PrefectAnswer {
  readonly status: number;
  /** Unchanged. */
  readonly answer: Buffer;
}

/** Sends documents to Prefect in one request, as a batch or as a single one; undefined if Prefect gives no usable answer. */
export type PrefectClient = (
  documents: readonly Forwarded[],
  options: { readonly isBatch: boolean; readonly headers: Readonly<Record<string, string>> },
) => Promise<PrefectAnswer | undefined>;

/** nginx waits for Prefect as long. */
const TIMEOUT_MS = 60_000;

/** @param url Prefect 1's GraphQL endpoint */
export function createPrefectClient(url: string): PrefectClient {
  const readAnswer = createReadAnswer();
  return async function ask(documents, { isBatch, headers }) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { ...headers, 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(isBatch ? documents : documents[0]),
      });
      const answer = response.body === null ? undefined : await readAnswer(response.body);
      return answer && { status: response.status, answer };
    } catch {
      return undefined;
    }
  };
}
