import type { Condition } from './condition.ts';
import { matchesGlob } from './glob.ts';
import { type Policy, PRELIMINARIES, reachesPrefect, WHO_AM_I } from './policy.ts';
import type { GrantSet } from './roles.ts';
import type { Grant, PathGrant } from './scope.ts';

/** Stands for any text that a `*` may match. A pattern that contains this character itself is not compared. */
const ANYTHING = '\0';

/**
 * Whether `policy` certainly allows everything that `other` allows. When in doubt, the answer is no: scopes are compared one by
 * one, and a scope that only several others together would cover does not count as covered.
 */
export function includes(policy: Policy, other: Policy): boolean {
  const { grants, denials, paths, roles: _, problem, within, ...rest } = other;
  // A part of a policy that this function does not know is a type error here.
  rest satisfies Record<string, never>;
  if (problem !== undefined) return true;
  if (policy.within !== undefined && !includes(policy.within, other)) return false;
  const { within: ___, ...own } = policy;
  if (within !== undefined && includes(own, within)) return true;
  return (
    maySayWho(own, denials) &&
    (mayBegin(own, denials) || !reachesPrefect(other)) &&
    grants.every((set) => set.grants.every((grant) => grantsWhole(own, grant, [...set.excludes, ...denials]))) &&
    paths.every((path) => grantsPath(own, path, denials))
  );
}

/** Whether it allows WHO_AM_I, as every readable policy does that does not deny it. */
function maySayWho({ problem, denials }: Policy, taken: readonly string[]): boolean {
  return problem === undefined && denials.every((denial) => isApart(denial, WHO_AM_I, taken));
}

/** Whether it allows the PRELIMINARIES, as every policy does that reaches Prefect and does not deny them. */
function mayBegin(policy: Policy, taken: readonly string[]): boolean {
  return (
    reachesPrefect(policy) &&
    [...PRELIMINARIES].every((operation) => policy.denials.every((denial) => isApart(denial, operation, taken)))
  );
}

/** @param taken what the other policy takes away from its own grant */
function grantsWhole({ grants, denials }: Policy, grant: Grant, taken: readonly string[]): boolean {
  return (
    denials.every((denial) => isApart(denial, grant.pattern, taken)) &&
    grants.some((set) => setGrants(set, grant, taken, grants))
  );
}

/** Whether one set grants it. What the set excludes may come whole from another set, as in `role:developer`. */
function setGrants(set: GrantSet, grant: Grant, taken: readonly string[], others: readonly GrantSet[]): boolean {
  const comesFromAnother = (left: string) =>
    others.some((other) => setGrants(other, { ...grant, pattern: left }, taken, []));
  return (
    set.grants.some((own) => grantSubsumes(own, grant)) &&
    set.excludes.every((left) => isApart(left, grant.pattern, taken) || comesFromAnother(left))
  );
}

/** The other grant has to have every condition of our own, word for word. */
function grantSubsumes(own: Grant, other: Grant): boolean {
  const hasToo = ({ kind, pattern }: Condition) =>
    other.conditions.some((condition) => condition.kind === kind && condition.pattern === pattern);
  return subsumes(own.pattern, other.pattern) && own.conditions.every(hasToo);
}

/** A path grants any operation whose route it matches, so a denial of any operation counts. */
function grantsPath(policy: Policy, path: PathGrant, taken: readonly string[]): boolean {
  const everything = ['query/*', 'mutation/*'].map((pattern): Grant => ({ pattern, conditions: [] }));
  if (everything.every((grant) => grantsWhole(policy, grant, taken))) return true;
  return (
    policy.denials.every((denial) => denial.startsWith('admin/') || taken.some((other) => subsumes(other, denial))) &&
    policy.paths.some(
      (own) => (own.method === '*' || own.method === path.method) && globSubsumes(own.pattern, path.pattern),
    )
  );
}

/** Whether `left` takes nothing from the pattern: they have no operation in common, or the other policy takes it away too. */
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
  // Only a `*` of the pattern matches ANYTHING, and it would match any other text there too.
  return matchesGlob(pattern, other.replaceAll('*', ANYTHING));
}

/** False if in doubt. */
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
