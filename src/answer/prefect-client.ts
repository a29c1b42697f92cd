import { createReadAnswer } from '../prefect/bounded-answers.ts';
import type { GraphqlResult } from './identity.ts';

/** A document on its way to Prefect; the variables as the client sent them. */
export interface Forwarded {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: unknown;
}

export interface PrefectAnswer {
  readonly status: number;
  /** One for each document that was sent, in their order. */
  readonly results: readonly GraphqlResult[];
}

/** Sends documents to Prefect in one request, as a batch or as a single one; undefined where Prefect gives no usable answer. */
export type PrefectClient = (
  documents: readonly Forwarded[],
  options: { readonly isBatch: boolean; readonly headers: Readonly<Record<string, string>> },
) => Promise<PrefectAnswer | undefined>;

/** nginx gives Prefect as long. */
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
      if (answer === undefined) return undefined;
      const value: unknown = JSON.parse(answer.toString());
      const results: unknown[] = isBatch && Array.isArray(value) ? value : [value];
      return results.length === documents.length && results.every(isResult)
        ? { status: response.status, results }
        : undefined;
    } catch {
      return undefined;
    }
  };
}

function isResult(value: unknown): value is GraphqlResult {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && ('data' in value || 'errors' in value);
}
