import { isDenial } from '../../authorization/denial.ts';
import { MOST_MEMBERS_OF_REST, parseJson } from '../json.ts';

const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

/**
 * Whether a JSON schema refers to something outside itself. Prefect's server before 3.8 fetches that when it validates, from any
 * URL and from its own files, and its error quotes what it found.
 */
export function hasRemoteReference(schema: unknown): boolean {
  return refersOut(schema, false);
}

/** The same of a text that is read as JSON. What does not parse counts, for Prefect's parser may take it. */
export function holdsRemoteReference(text: unknown): boolean {
  if (typeof text !== 'string') return refersOut(text, false);
  if (!text.includes('$') && !text.includes('\\u')) return false;
  const json = parseJson(text, MOST_MEMBERS_OF_REST);
  return isDenial(json) || refersOut(json.value, false);
}

/** @param hasDialect whether a `$schema` stands around it: older ones call `id` what is `$id` now */
function refersOut(schema: unknown, hasDialect: boolean): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const isOther = hasDialect || Object.hasOwn(schema, '$schema');
  return Object.entries(schema).some(([name, value]) =>
    typeof value === 'string'
      ? !value.startsWith('#') && (REFERENCES.has(name) || name === '$id' || (isOther && name === 'id'))
      : refersOut(value, isOther),
  );
}
