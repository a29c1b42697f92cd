import distance from 'damerau-levenshtein';
import type { Operation } from '../authorization/operation.ts';
import { parseScopes, patternCovers } from '../authorization/scope.ts';
import { knownOperations } from './known-operations.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'WS', '*']);

const operations = [...knownOperations];
/** Finding the nearest operation takes milliseconds per scope. A name that is longer than any operation is near none. */
const MOST_DESCRIBED = 3;
const LONGEST_NAME = 100;

/**
 * One sentence for each part of a text of scopes that matches nothing this version knows. Such a part is mostly misspelt: as a
 * grant it would do nothing, as a denial it would take nothing away. A text that cannot be read has a problem of its own.
 */
export function findUnknownScopes(text: string): string[] {
  const parsed = parseScopes(text);
  if ('problem' in parsed) return [];
  const patterns = parsed.scopes.flatMap((scope) => (scope.type === 'role' ? [] : [scope.pattern]));
  const methods = parsed.paths.map(({ method }) => method).filter((method) => !METHODS.has(method));
  const unknown = new Set<string>();
  for (const pattern of patterns) {
    if (!coversAnything(pattern)) unknown.add(pattern);
    if (unknown.size === MOST_DESCRIBED) break;
  }
  return [...[...unknown].map(describe), ...new Set(methods.map((method) => `"${method}" is not a method of HTTP`))];
}

function coversAnything(pattern: string): boolean {
  if (!pattern.includes('*')) return knownOperations.has(pattern as Operation);
  return operations.some((operation) => patternCovers(pattern, operation));
}

function describe(pattern: string): string {
  const what = pattern.includes('*') ? `no operation matches "${pattern}"` : `there is no operation "${pattern}"`;
  const nearest = nearestTo(pattern);
  return nearest === undefined ? what : `${what}; the nearest is "${nearest}"`;
}

/** The nearest operation, or its nearest beginning if the pattern ends in `*`; undefined if nothing is near. */
function nearestTo(pattern: string): string | undefined {
  const name = pattern.slice(pattern.indexOf('/') + 1);
  const ofOtherKind = [`query/${name}`, `mutation/${name}`].find((operation) =>
    knownOperations.has(operation as Operation),
  );
  if (ofOtherKind !== undefined) return ofOtherKind;
  const stem = pattern.replace(/\*$/, '');
  if (stem.includes('*') || stem.length > LONGEST_NAME) return undefined;
  const isPrefix = stem !== pattern;
  const names = operations.flatMap((operation) => (isPrefix ? beginnings(operation, stem.length) : [operation]));
  let nearest: string | undefined;
  let most = Math.max(2, Math.floor(stem.length / 3)) + 1;
  for (const candidate of new Set(names)) {
    if (Math.abs(stem.length - candidate.length) >= most) continue;
    const { steps } = distance(stem, candidate);
    if (steps >= most) continue;
    nearest = candidate;
    most = steps;
  }
  return nearest && (isPrefix ? `${nearest}*` : nearest);
}

/** The first letters of an operation: as many as given, one more and one fewer. */
function beginnings(operation: string, length: number): string[] {
  return [length, length + 1, length - 1].map((end) => operation.slice(0, end));
}
