import { isDenial } from '../../authorization/denial.ts';
import { MOST_MEMBERS_OF_REST, parseJson } from '../json.ts';

const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

/**
 * Whether a JSON schema refers to something outside itself. Before 3.8, Prefect's server fetches this when it validates, from any
 * URL and from its own files, and quotes it in its error.
 */
export function hasRemoteReference(schema: unknown): boolean {
  return refersOut(schema, false);
}

/** The same for a text that Prefect reads as JSON. A text that cannot be read here counts: Prefect's parser may accept it. */
export function holdsRemoteReference(text: unknown): boolean {
  if (typeof text !== 'string') return refersOut(text, false);
  if (!text.includes('$') && !text.includes('\\u')) return false;
  const json = parseJson(text, MOST_MEMBERS_OF_REST);
  return isDenial(json) || refersOut(json.value, false);
}

/** @param hasDialect whether a `$schema` surrounds it: older dialects write `id` for `$id` */
function refersOut(schema: unknown, hasDialect: boolean): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const isOther = hasDialect || Object.hasOwn(schema, '$schema');
  return Object.entries(schema).some(([name, value]) =>
    typeof value === 'string'
      ? !value.startsWith('#') && (REFERENCES.has(name) || name === '$id' || (isOther && name === 'id'))
      : refersOut(value, isOther),
  );
}
