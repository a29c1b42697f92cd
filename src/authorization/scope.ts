import { type Condition, isMet, parseConditions } from './condition.ts';
import { matchesGlob } from './glob.ts';
import { OBJECT_KINDS, type PrefectObject } from './objects.ts';
import type { Operation } from './operation.ts';

/** One word of a key's scopes. */
export type Scope =
  | ({ readonly type: 'grant' } & Grant)
  | { readonly type: 'denial'; readonly pattern: string }
  | { readonly type: 'role'; readonly name: string };

/** `mutation/create_*`, and `mutation/create_flow_run_from_deployment[deployment=etl/*]`, which needs every condition met. */
export interface Grant {
  readonly pattern: string;
  readonly conditions: readonly Condition[];
}

/** Method and path patterns: the JSON form, `{"GET": ["api/flows/*"]}`. */
export interface PathGrant {
  readonly method: string;
  readonly pattern: string;
}

export interface ParsedScopes {
  readonly scopes: readonly Scope[];
  readonly paths: readonly PathGrant[];
}

/**
 * Why a text of scopes cannot be read. The whole text then grants nothing: if a `!denial` is not understood, the grants beside it
 * must not stay in force.
 */
export interface ScopeProblem {
  readonly problem: string;
}

const PATTERN = /^(?:\*|(?:query|mutation|admin|\*)\/[A-Za-z0-9_*/-]+)$/;
const ROLE = /^[A-Za-z0-9_-]+$/;
/** A name in a condition may contain spaces and commas. */
const WORDS = /(?:\[[^\]]*\]|[^\s,])+/g;
const METHOD = /^(?:[A-Z]+|\*)$/;

/** @param text comma or white space separated scopes, or the JSON form; both as the `scopes` column stores them */
export function parseScopes(text: string): ParsedScopes | ScopeProblem {
  if (text.trimStart().startsWith('{')) return parsePathGrants(text);
  const scopes: Scope[] = [];
  for (const word of splitScopes(text)) {
    const scope = parseScope(word);
    if ('problem' in scope) return scope;
    scopes.push(scope);
  }
  return { scopes, paths: [] };
}

/** The words of a text of scopes; empty for the JSON form. */
export function splitScopes(text: string): string[] {
  return text.trimStart().startsWith('{') ? [] : (text.match(WORDS) ?? []);
}

function parseScope(word: string): Scope | ScopeProblem {
  if (word.startsWith('role:')) {
    const name = word.slice('role:'.length);
    return ROLE.test(name) ? { type: 'role', name } : { problem: `"${word}" is not a role` };
  }
  if (word.startsWith('!')) return parseDenial(word);
  const bracket = word.indexOf('[');
  const pattern = bracket < 0 ? word : word.slice(0, bracket);
  const conditions = bracket < 0 ? [] : parseConditions(word.slice(bracket));
  const isGrant = PATTERN.test(pattern) && !(pattern.startsWith('admin/') && bracket >= 0);
  if (isGrant && conditions !== undefined) return { type: 'grant', pattern, conditions };
  const kinds = OBJECT_KINDS.map((kind) => `[${kind}=...]`).join(', ');
  return {
    problem: isGrant ? `"${word}" has an unknown condition; the known ones are ${kinds}` : `"${word}" is not a scope`,
  };
}

/** A denial has no conditions: a request could name the object outside its path, and so avoid the denial. */
function parseDenial(word: string): Scope | ScopeProblem {
  const pattern = word.slice(1);
  if (PATTERN.test(pattern)) return { type: 'denial', pattern };
  return {
    problem: word.includes('[') ? `"${word}" is a denial, which cannot have conditions` : `"${word}" is not a scope`,
  };
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

/** @param objects the objects that the request names; empty until they have been looked up */
export function grantCovers(grant: Grant, operation: Operation, objects: readonly PrefectObject[] = []): boolean {
  return patternCovers(grant.pattern, operation) && grant.conditions.every((condition) => isMet(condition, objects));
}

export function pathGrantCovers(grant: PathGrant, method: string, path: string): boolean {
  return (grant.method === '*' || grant.method === method) && matchesGlob(grant.pattern, path);
}
