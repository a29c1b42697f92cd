import { matchesGlob } from './glob.ts';
import type { Operation } from './operation.ts';

/** One word of a key's scopes. */
export type Scope =
  | { readonly type: 'grant' | 'denial'; readonly pattern: string }
  | { readonly type: 'role'; readonly name: string };

/** Method and path patterns: the JSON form, `{"GET": ["api/flows/*"]}`. */
export interface PathGrant {
  readonly method: string;
  readonly pattern: string;
}

export interface ParsedScopes {
  readonly scopes: readonly Scope[];
  readonly paths: readonly PathGrant[];
}

/** What is wrong with a text of scopes. It then grants nothing as a whole: a `!denial` that is not understood must not leave its grants behind. */
export interface ScopeProblem {
  readonly problem: string;
}

const PATTERN = /^(?:\*|(?:query|mutation|admin|\*)\/[A-Za-z0-9_*/-]+)$/;
const ROLE = /^[A-Za-z0-9_-]+$/;
const METHOD = /^(?:[A-Z]+|\*)$/;

/** @param text comma or white space separated scopes, or the JSON form; both as the `scopes` column holds them */
export function parseScopes(text: string): ParsedScopes | ScopeProblem {
  if (text.trimStart().startsWith('{')) return parsePathGrants(text);
  const scopes: Scope[] = [];
  for (const word of text.split(/[\s,]+/).filter((word) => word !== '')) {
    const scope = parseScope(word);
    if ('problem' in scope) return scope;
    scopes.push(scope);
  }
  return { scopes, paths: [] };
}

function parseScope(word: string): Scope | ScopeProblem {
  if (word.startsWith('role:')) {
    const name = word.slice('role:'.length);
    return ROLE.test(name) ? { type: 'role', name } : { problem: `"${word}" is not a role` };
  }
  const isDenial = word.startsWith('!');
  const pattern = isDenial ? word.slice(1) : word;
  if (!PATTERN.test(pattern)) return { problem: `"${word}" is not a scope` };
  return { type: isDenial ? 'denial' : 'grant', pattern };
}

function parsePathGrants(text: string): ParsedScopes | ScopeProblem {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: 'the scopes begin with "{" and are not JSON' };
  }
  const paths: PathGrant[] = [];
  for (const [name, patterns] of Object.entries(parsed as object)) {
    const method = name.toUpperCase();
    if (!METHOD.test(method)) return { problem: `"${name}" is not a method` };
    if (!Array.isArray(patterns) || !patterns.every((pattern) => typeof pattern === 'string')) {
      return { problem: `"${name}" does not hold a list of path patterns` };
    }
    paths.push(...patterns.map((pattern) => ({ method, pattern: pattern.replace(/^\/*/, '/') })));
  }
  return { scopes: [], paths };
}

/** `*` is every Prefect operation; only a pattern that says `admin/` reaches this service's own endpoints. */
export function patternCovers(pattern: string, operation: Operation): boolean {
  if (operation.startsWith('admin/')) return pattern.startsWith('admin/') && matchesGlob(pattern, operation);
  return matchesGlob(pattern, operation);
}

export function pathGrantCovers(grant: PathGrant, method: string, path: string): boolean {
  return (grant.method === '*' || grant.method === method) && matchesGlob(grant.pattern, path);
}
