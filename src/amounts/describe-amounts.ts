import type { Operation } from '../authorization/operation.ts';
import { compilePolicy, type Policy } from '../authorization/policy.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { splitScopes } from '../authorization/scope.ts';
import {
  type Amount,
  findAmounts,
  findWorthlessDenials,
  findWorthlessExclusions,
  type WorthlessDenial,
} from './amounts.ts';
import { holds } from './holds.ts';

/** One sentence for each effect that a policy reaches: `It can run commands on workers of every pool, by mutation/create_deployment.` */
export function describeAmounts(policy: Policy): string[] {
  return findAmounts(policy).map(describeAmount);
}

function describeAmount({ can, by, limits }: Amount): string {
  const where = limits.map(({ kind, pattern }) => `${kind}=${pattern}`).join(', ');
  return `It can ${can}${where && ` (${where})`}, by ${by.join(' and ')}.`;
}

/** One sentence for each denial among the scopes that does not help. It names the scope that grants the same effect. */
export function describeWorthlessDenials(text: string, definitions: RoleDefinitions): string[] {
  // Most texts have no denial; they need not be compiled.
  if (!text.includes('!')) return [];
  return findWorthlessDenials(compilePolicy(text, definitions)).map((denial) => {
    const words = denial.by.map((operation) => grantor(text, operation, definitions));
    return describeWorthless(`!${denial.pattern}`, denial, [...new Set(words)].join(' and '));
  });
}

/** The same for what a role excludes. */
export function describeWorthlessExclusions(definitions: RoleDefinitions, role: string): string[] {
  return findWorthlessExclusions(definitions, role).map((denial) =>
    describeWorthless(`That ${role} excludes ${denial.pattern}`, denial, `role:${role}`),
  );
}

function describeWorthless(what: string, { operation, by, can }: WorthlessDenial, grantedBy: string): string {
  const means = by.join(' and ');
  const effect = can === undefined ? `do what ${operation} does` : can;
  return `${what} does not help: ${means}, granted by ${grantedBy}, can ${effect}. Take that away too, or allow both.`;
}

/** The word of the scopes that grants the operation. */
function grantor(text: string, operation: Operation, definitions: RoleDefinitions): string {
  return splitScopes(text).find((word) => holds(compilePolicy(word, definitions), operation)) ?? 'these scopes';
}
