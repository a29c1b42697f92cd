import { matchesGlob } from './glob.ts';
import type { Policy } from './policy.ts';
import type { GrantSet } from './roles.ts';
import type { PathGrant } from './scope.ts';

/** Stands for whatever a `*` may stand for; no pattern that holds it itself is compared. */
const ANYTHING = '\0';

/**
 * Whether `policy` surely allows whatever `other` allows. It errs on the side of no: patterns are compared one by one,
 * so that what only several patterns together would cover does not count as covered.
 */
export function includes(policy: Policy, other: Policy): boolean {
  const { grants, denials, paths, roles: _, problem: __, within, ...rest } = other;
  // A part of a policy that this function does not know is a type error here.
  rest satisfies Record<string, never>;
  if (policy.within !== undefined && !includes(policy.within, other)) return false;
  const { within: ___, ...own } = policy;
  if (within !== undefined && includes(own, within)) return true;
  return (
    grants.every((set) => set.grants.every((pattern) => grantsPattern(own, pattern, [...set.excludes, ...denials]))) &&
    paths.every((path) => grantsPath(own, path, denials))
  );
}

/** @param taken what the other policy takes away from the pattern again */
function grantsPattern({ grants, denials }: Policy, pattern: string, taken: readonly string[]): boolean {
  return (
    denials.every((denial) => isApart(denial, pattern, taken)) &&
    grants.some((set) => grantsWhole(set, pattern, taken, grants))
  );
}

/** By one set; what the set leaves out may come whole from another one, as `role:developer` has it. */
function grantsWhole(set: GrantSet, pattern: string, taken: readonly string[], sets: readonly GrantSet[]): boolean {
  return (
    set.grants.some((grant) => subsumes(grant, pattern)) &&
    set.excludes.every((left) => isApart(left, pattern, taken) || sets.some((other) => hasWhole(other, left, taken)))
  );
}

function hasWhole(set: GrantSet, pattern: string, taken: readonly string[]): boolean {
  return (
    set.grants.some((grant) => subsumes(grant, pattern)) && set.excludes.every((left) => isApart(left, pattern, taken))
  );
}

/** A path grants whatever operation has it, so that a denial of any operation counts. */
function grantsPath(policy: Policy, path: PathGrant, taken: readonly string[]): boolean {
  if (grantsPattern(policy, 'query/*', taken) && grantsPattern(policy, 'mutation/*', taken)) return true;
  return (
    policy.denials.every((denial) => denial.startsWith('admin/') || taken.some((other) => subsumes(other, denial))) &&
    policy.paths.some(
      (own) => (own.method === '*' || own.method === path.method) && globSubsumes(own.pattern, path.pattern),
    )
  );
}

/** Whether what `left` takes away does not matter for the pattern: they do not meet, or the other takes it away too. */
function isApart(left: string, pattern: string, taken: readonly string[]): boolean {
  return areDisjoint(left, pattern) || taken.some((other) => subsumes(other, left));
}

/** Whether every operation of the second pattern is one of the first. As in patternCovers, only `admin/...` reaches `admin/...`. */
function subsumes(pattern: string, other: string): boolean {
  if (other.startsWith('admin/') && !pattern.startsWith('admin/')) return false;
  return globSubsumes(pattern, other);
}

function globSubsumes(pattern: string, other: string): boolean {
  if (pattern.includes(ANYTHING) || other.includes(ANYTHING)) return false;
  // Only a `*` of the pattern matches what stands for anything, and it would match anything else there too.
  return matchesGlob(pattern, other.replaceAll('*', ANYTHING));
}

/** False where it is not plain to see. */
function areDisjoint(pattern: string, other: string): boolean {
  if (pattern.startsWith('admin/') !== other.startsWith('admin/')) return true;
  if (!other.includes('*')) return !matchesGlob(pattern, other);
  if (!pattern.includes('*')) return !matchesGlob(other, pattern);
  const [begin, end] = edges(pattern);
  const [otherBegin, otherEnd] = edges(other);
  const canBegin = begin.startsWith(otherBegin) || otherBegin.startsWith(begin);
  const canEnd = end.endsWith(otherEnd) || otherEnd.endsWith(end);
  return !(canBegin && canEnd);
}

function edges(pattern: string): [begin: string, end: string] {
  return [pattern.slice(0, pattern.indexOf('*')), pattern.slice(pattern.lastIndexOf('*') + 1)];
}
