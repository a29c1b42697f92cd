import { isDenial } from '../../authorization/denial.ts';
import { parseJson } from '../json.ts';

/** Who asks who they are does so with few. */
const LONGEST_TEXT = 10_000;

/** Variables as the object they stand for; Prefect 1's command line sends them as JSON in a text. Undefined where they are none, or many. */
export function toVariables(variables: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof variables === 'string' && variables.length > LONGEST_TEXT) return undefined;
  const json = typeof variables === 'string' ? parseJson(variables) : { value: variables };
  const value = isDenial(json) ? undefined : json.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
