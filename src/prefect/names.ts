/** What is kept of an answer of Prefect: names, and the ids that lead to other objects. */
export interface Names {
  readonly id?: string;
  readonly name?: string;
  readonly flow_id?: string;
  readonly deployment_id?: string;
  readonly work_pool_name?: string;
  /** The slug of the block's type. */
  readonly slug?: string;
}

/** A longer text is not taken as a name, and meets no condition. Otherwise it would be compared with patterns, and kept. */
const LONGEST_NAME = 4_096;

export type ReadNames = (answer: Buffer) => Names | Promise<Names>;

/** @throws SyntaxError if it is not JSON */
export function parseNames(answer: Buffer): Names {
  const value: unknown = JSON.parse(answer.toString());
  const block = textsOf(value, ['id', 'name', 'flow_id', 'deployment_id', 'work_pool_name']);
  return { ...block, ...textsOf((value as { block_type?: unknown } | null)?.block_type, ['slug']) };
}

function textsOf(value: unknown, names: readonly (keyof Names)[]): Names {
  if (typeof value !== 'object' || value === null) return {};
  const texts = names.flatMap((name) => {
    const text = (value as Readonly<Record<string, unknown>>)[name];
    return typeof text === 'string' && text.length <= LONGEST_NAME ? [[name, text] as const] : [];
  });
  return Object.fromEntries(texts);
}
