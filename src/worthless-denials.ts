import { describeWorthlessDenials, describeWorthlessExclusions } from './authorization/describe-amounts.ts';
import type { RoleDefinitions } from './authorization/roles.ts';
import type { Logger } from './logger.ts';
import type { Store } from './storage/open-store.ts';

/**
 * How many keys, accounts and roles have denials that their other grants make worthless. Keys and accounts are refused such denials
 * when they are made, so theirs are older; those of roles are what they exclude.
 */
export async function countWorthlessDenials({ keys, accounts }: Store, roles: RoleDefinitions): Promise<number> {
  const isWorthless = ({ scopes = '' }: { readonly scopes?: string }) =>
    describeWorthlessDenials(scopes, roles).length > 0;
  const inKeys = (await keys.scopesWithDenials(new Date())).filter(isWorthless);
  const inAccounts = (await accounts.list()).filter(isWorthless);
  const inRoles = Object.keys(roles).filter((role) => describeWorthlessExclusions(roles, role).length > 0);
  return inKeys.reduce((sum, { keys }) => sum + keys, 0) + inAccounts.length + inRoles.length;
}

/** Says it once, at the start, and names the roles; each key is named when it is first seen. */
export function warnOfWorthlessDenials(count: () => Promise<number>, roles: RoleDefinitions, logger: Logger): void {
  for (const role of Object.keys(roles)) {
    for (const problem of describeWorthlessExclusions(roles, role)) logger.warn({ role }, problem);
  }
  const notice = (worthless: number) =>
    `${worthless} keys, accounts and roles have denials that their other grants make worthless; \`keys list\`, \`accounts list\` and \`roles show\` say which.`;
  count().then(
    (worthless) => worthless > 0 && logger.warn({ worthlessDenials: worthless }, notice(worthless)),
    // That the database cannot be read is said elsewhere.
    () => undefined,
  );
}
