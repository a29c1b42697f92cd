import data from '../../data/prefect/reaches.json' with { type: 'json' };
import type { Condition } from '../authorization/condition.ts';
import type { Operation } from '../authorization/operation.ts';
import { compilePolicy, type Policy } from '../authorization/policy.ts';
import { grantsOfRole, type RoleDefinitions } from '../authorization/roles.ts';
import { patternCovers } from '../authorization/scope.ts';
import { holds, kindsNamedFor } from './holds.ts';

/** What operations reach together, as data/prefect/reaches.json has it. */
interface Effect {
  /** What a policy can do that reaches the effect: everywhere (`every`), or within limits (`some`). */
  readonly every: string;
  readonly some: string;
  readonly by: readonly Means[];
  /** Another effect: a policy that reaches it reaches this one everywhere. */
  readonly through?: string;
  readonly why?: string;
  /** Operations whose denial is useless if the policy reaches the effect. */
  readonly voids: readonly string[];
}

interface Means {
  readonly all: readonly string[];
  /** The kind of object whose conditions limit the effect; if absent, conditions do not limit it. */
  readonly limit?: string;
  readonly why?: string;
}

/** What a policy amounts to. */
export interface Amount {
  /** `run commands on workers of every pool` */
  readonly can: string;
  readonly by: readonly Operation[];
  readonly limits: readonly Condition[];
}

const effects = Object.entries<Effect>(data.effects);
const same = data.same as Operation[][];
const contains = Object.entries(data.contains) as [Operation, Operation[]][];

/** Every operation whose effect can be had by other operations. */
const REPLACEABLE = [
  ...new Set([...effects.flatMap(([, { voids }]) => voids), ...same.flat(), ...contains.flatMap(([, parts]) => parts)]),
] as Operation[];

/** The effects that a policy reaches, each by its least limited means. */
export function findAmounts(policy: Policy): Amount[] {
  return effects.flatMap(([name]) => findAmount(policy, name) ?? []);
}

function findAmount(policy: Policy, name: string): Amount | undefined {
  const { every, some, by, through } = (data.effects as Record<string, Effect>)[name] as Effect;
  const reached = by.flatMap((means) => reach(policy, means) ?? []);
  const direct = reached.find(({ limits }) => limits.length === 0) ?? reached[0];
  if (direct?.limits.length === 0) return { can: every, ...direct };
  const indirect = through === undefined ? undefined : findAmount(policy, through);
  if (indirect !== undefined) return { can: every, by: indirect.by, limits: [] };
  return direct && { can: some, ...direct };
}

function reach(policy: Policy, { all, limit }: Means): Omit<Amount, 'can'> | undefined {
  const by = all as readonly Operation[];
  const conditions = by.map((operation) => holds(policy, operation));
  if (conditions.includes(undefined)) return undefined;
  const isUnmet = ({ kind }: Condition) => by.some((operation) => kindsNamedFor(operation)?.has(kind) === false);
  if (conditions.some((each = []) => each.length > 0 && each.every(isUnmet))) return undefined;
  const limits = conditions.flatMap((each) => each ?? []).filter(({ kind }) => kind === limit);
  const isFirst = ({ pattern }: Condition, at: number) => limits.findIndex((each) => each.pattern === pattern) === at;
  return { by, limits: limits.filter(isFirst) };
}

/** A denial, or an exclusion of a role, that other grants make worthless. */
export interface WorthlessDenial {
  /** `query/read_block_secrets`, as the scopes or the role have it. */
  readonly pattern: string;
  /** The operation whose effect is still allowed. */
  readonly operation: Operation;
  /** The operations that still allow it. */
  readonly by: readonly Operation[];
  /** The effect that is reached, in words; absent if `by` does exactly the same. */
  readonly can?: string;
}

/** Checks the policy's own denials only; the denials of its bound belong to the owner. */
export function findWorthlessDenials(policy: Policy): WorthlessDenial[] {
  return policy.denials.flatMap((pattern) => {
    const without = { ...policy, denials: policy.denials.filter((each) => each !== pattern) };
    return findWorthless(pattern, without, policy) ?? [];
  });
}

/** What a role excludes from its own grants and still reaches. */
export function findWorthlessExclusions(definitions: RoleDefinitions, role: string): WorthlessDenial[] {
  const policy = compilePolicy(`role:${role}`, definitions);
  const own = grantsOfRole(definitions, role)?.[0];
  return (definitions[role]?.excludes ?? []).flatMap((pattern) => {
    const without = { ...policy, grants: [{ grants: own?.grants ?? [], excludes: [] }] };
    return findWorthless(pattern, without, policy) ?? [];
  });
}

/** @param without the policy as it would be if nothing of the pattern were taken from it */
function findWorthless(pattern: string, without: Policy, policy: Policy): WorthlessDenial | undefined {
  const taken = REPLACEABLE.filter(
    (operation) =>
      patternCovers(pattern, operation) &&
      holds(without, operation) !== undefined &&
      holds(policy, operation) === undefined,
  );
  for (const operation of taken) {
    const replacement = findReplacement(policy, operation);
    if (replacement !== undefined) return { pattern, operation, ...replacement };
  }
  return undefined;
}

function findReplacement(policy: Policy, operation: Operation): Pick<WorthlessDenial, 'by' | 'can'> | undefined {
  const isHeld = (other: Operation) => holds(policy, other)?.length === 0;
  const twin = same.find((group) => group.includes(operation))?.find(isHeld);
  const whole = contains.find(([other, parts]) => parts.includes(operation) && isHeld(other))?.[0];
  const doer = twin ?? whole;
  if (doer !== undefined) return { by: [doer] };
  for (const [name, { voids }] of effects) {
    const amount = voids.includes(operation) ? findAmount(policy, name) : undefined;
    if (amount?.limits.length === 0) return { by: amount.by, can: amount.can };
  }
  return undefined;
}
