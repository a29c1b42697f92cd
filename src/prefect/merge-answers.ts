/** What GraphQL answers one document with. */
export interface GraphqlResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly unknown[];
}

/** Where the answer to one document comes from. */
export interface AnswerPart {
  /** Our answer: a refusal, or the caller's identity. */
  readonly own?: GraphqlResult;
  /** The names of our fields in the answer. */
  readonly ownKeys: readonly string[];
  /** Whether Prefect 1 was sent the document, or the rest of it. */
  readonly isForwarded: boolean;
}

export interface Merging {
  /** Whether the answer is a list. */
  readonly isBatch: boolean;
  readonly parts: readonly AnswerPart[];
}

/**
 * Prefect 1's answer with ours in their places, as JSON; undefined if Prefect 1 does not answer what was forwarded.
 *
 * @param asker large answers to the same asker wait for one another
 */
export type MergeAnswers = (
  merging: Merging,
  answer: Buffer | undefined,
  asker: string,
) => string | Buffer | undefined | Promise<string | Buffer | undefined>;

export function mergeAnswers({ isBatch, parts }: Merging, answer?: Buffer): string | undefined {
  const results = answer === undefined ? [] : readResults(answer, isBatch);
  if (results?.length !== parts.filter(({ isForwarded }) => isForwarded).length) return undefined;
  const left = [...results];
  const merged = parts.map(({ own, ownKeys, isForwarded }) =>
    merge(own, isForwarded ? left.shift() : undefined, ownKeys),
  );
  return JSON.stringify(isBatch ? merged : merged[0]);
}

function readResults(answer: Buffer, isBatch: boolean): GraphqlResult[] | undefined {
  const value = parse(answer);
  const results: unknown[] = isBatch && Array.isArray(value) ? value : [value];
  return results.every(isResult) ? results : undefined;
}

function parse(answer: Buffer): unknown {
  try {
    return JSON.parse(answer.toString());
  } catch {
    return undefined;
  }
}

function isResult(value: unknown): value is GraphqlResult {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && ('data' in value || 'errors' in value);
}

function merge(own: GraphqlResult | undefined, rest: GraphqlResult | undefined, ownKeys: readonly string[]) {
  if (own === undefined || rest === undefined) return own ?? rest;
  const errors = [...(rest.errors ?? []), ...(own.errors ?? [])];
  const data =
    rest.data &&
    Object.fromEntries(
      Object.entries(rest.data).map(([key, value]) => [key, ownKeys.includes(key) ? (own.data?.[key] ?? null) : value]),
    );
  return { ...rest, ...(rest.data !== undefined && { data }), ...(errors.length > 0 && { errors }) };
}
