import distance from 'damerau-levenshtein';
import type { Operation } from '../authorization/operation.ts';
import { parseScopes, patternCovers } from '../authorization/scope.ts';
import { knownOperations } from './known-operations.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'WS', '*']);

const operations = [...knownOperations];
/** To find the nearest operation takes milliseconds for each scope. What is longer than any operation is near none. */
const MOST_DESCRIBED = 3;
const LONGEST_NAME = 100;

/**
 * What in a text of scopes concerns nothing that this version knows, each as a sentence: mostly something misspelt, which as
 * a grant would do nothing and as a denial would take nothing away. A text that does not parse has a problem of its own.
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

/** Of a pattern that ends in `*`, the nearest beginning of an operation; undefined where nothing is near. */
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

/** As long as what was written, or longer or shorter by a letter. */
function beginnings(operation: string, length: number): string[] {
  return [length, length + 1, length - 1].map((end) => operation.slice(0, end));
}
