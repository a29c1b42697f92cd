import { isDenial } from '../../authorization/denial.ts';
import { parseJson } from '../json.ts';

/** In characters. A client that asks for its own identity sends few variables. */
const LONGEST_TEXT = 10_000;

/** Variables as an object; Prefect 1's command line sends JSON in a text. Undefined if they are not an object, or are too long. */
export function toVariables(variables: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof variables === 'string' && variables.length > LONGEST_TEXT) return undefined;
  const json = typeof variables === 'string' ? parseJson(variables) : { value: variables };
  const value = isDenial(json) ? undefined : json.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
