import { isDenial } from '../denial.ts';
import { parseJson } from './json.ts';

/** Variables as the object they stand for; Prefect 1's command line sends them as JSON in a text. Undefined where they are none. */
export function toVariables(variables: unknown): Readonly<Record<string, unknown>> | undefined {
  const json = typeof variables === 'string' ? parseJson(variables) : { value: variables };
  const value = isDenial(json) ? undefined : json.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
