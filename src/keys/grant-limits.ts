import { type Denial, deny } from '../authorization/denial.ts';
import { includes } from '../authorization/includes.ts';
import { compileBoundPolicy, compilePolicy } from '../authorization/policy.ts';
import type { Principal } from '../authorization/principal.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { splitScopes } from '../authorization/scope.ts';

/** A key that is about to be issued. */
export interface Grant {
  readonly scopes: string;
  /** What bounds its owner, if anything does. */
  readonly ownerScopes: string | undefined;
  readonly expiresAt: Date;
}

/** A key cannot issue another one that grants more than itself or expires later. */
export function checkGrant(giver: Principal, grant: Grant, roles: RoleDefinitions): Denial | undefined {
  const given = compileBoundPolicy(grant.scopes, grant.ownerScopes, roles);
  const problem = given.problem ?? given.within?.problem;
  // It grants nothing today, but its text, or the role it names, may be repaired; what it would grant then is unknown.
  if (problem !== undefined) {
    return deny('insufficient_scope', `What the new key would grant is unclear, so it cannot be issued: ${problem}.`);
  }
  if (!includes(giver.policy, given)) {
    const words = splitScopes(grant.scopes).filter((word) => !includes(giver.policy, compilePolicy(word, roles)));
    const named = words.length === 0 ? 'these scopes' : words.join(', ');
    return deny('insufficient_scope', `Your key does not have ${named}, so it cannot give them to another key.`);
  }
  if (giver.expiresAt === undefined) return deny('insufficient_scope', 'Only a key can make another key.');
  if (!(grant.expiresAt <= giver.expiresAt)) {
    return deny(
      'insufficient_scope',
      `This key ends on ${giver.expiresAt.toISOString()}, and cannot make one that ends later.`,
    );
  }
  return undefined;
}
