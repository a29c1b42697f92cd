import type { Condition } from './condition.ts';
import { matchesGlob } from './glob.ts';
import { type Policy, PRELIMINARIES, reachesPrefect, WHO_AM_I } from './policy.ts';
import type { GrantSet } from './roles.ts';
import type { Grant, PathGrant } from './scope.ts';

/** Stands for whatever a `*` may stand for; no pattern that holds it itself is compared. */
const ANYTHING = '\0';

/**
 * Whether `policy` surely allows whatever `other` allows. It errs on the side of no: scopes are compared one by one, so
 * that what only several together would cover does not count as covered.
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

/** Which every policy allows that does not deny it. */
function maySayWho({ problem, denials }: Policy, taken: readonly string[]): boolean {
  return problem === undefined && denials.every((denial) => isApart(denial, WHO_AM_I, taken));
}

/** Which every policy that reaches Prefect allows and does not deny. */
function mayBegin(policy: Policy, taken: readonly string[]): boolean {
  return (
    reachesPrefect(policy) &&
    [...PRELIMINARIES].every((operation) => policy.denials.every((denial) => isApart(denial, operation, taken)))
  );
}

/** @param taken what the other policy takes away from the grant again */
function grantsWhole({ grants, denials }: Policy, grant: Grant, taken: readonly string[]): boolean {
  return (
    denials.every((denial) => isApart(denial, grant.pattern, taken)) &&
    grants.some((set) => setGrants(set, grant, taken, grants))
  );
}

/** By one set; what the set leaves out may come whole from another one, as `role:developer` has it. */
function setGrants(set: GrantSet, grant: Grant, taken: readonly string[], others: readonly GrantSet[]): boolean {
  const comesFromAnother = (left: string) =>
    others.some((other) => setGrants(other, { ...grant, pattern: left }, taken, []));
  return (
    set.grants.some((own) => grantSubsumes(own, grant)) &&
    set.excludes.every((left) => isApart(left, grant.pattern, taken) || comesFromAnother(left))
  );
}

/** A condition holds for the other where the other has it too, word for word. */
function grantSubsumes(own: Grant, other: Grant): boolean {
  const hasToo = ({ kind, pattern }: Condition) =>
    other.conditions.some((condition) => condition.kind === kind && condition.pattern === pattern);
  return subsumes(own.pattern, other.pattern) && own.conditions.every(hasToo);
}

/** A path grants whatever operation has it, so that a denial of any operation counts. */
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
