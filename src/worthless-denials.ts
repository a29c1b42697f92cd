import { describeWorthlessDenials, describeWorthlessExclusions } from './authorization/describe-amounts.ts';
import type { RoleDefinitions } from './authorization/roles.ts';
import type { Logger } from './logger.ts';
import type { Store } from './storage/open-store.ts';

/** How many keys and accounts have denials that their other grants make worthless. Such denials are refused when they are made; these are older. */
export async function countWorthlessDenials({ keys, accounts }: Store, roles: RoleDefinitions): Promise<number> {
  const isWorthless = ({ scopes = '' }: { readonly scopes?: string }) =>
    describeWorthlessDenials(scopes, roles).length > 0;
  const inKeys = (await keys.scopesWithDenials(new Date())).filter(isWorthless);
  const inAccounts = (await accounts.list()).filter(isWorthless);
  return inKeys.reduce((sum, { keys }) => sum + keys, 0) + inAccounts.length;
}

/** Says it once, at the start; each key is named when it is first seen. */
export function warnOfWorthlessDenials(count: () => Promise<number>, roles: RoleDefinitions, logger: Logger): void {
  for (const role of Object.keys(roles)) {
    for (const problem of describeWorthlessExclusions(roles, role)) logger.warn({ role }, problem);
  }
  const notice = (worthless: number) =>
    `${worthless} keys and accounts have denials that their other grants make worthless; \`keys list\` says which.`;
  count().then(
    (worthless) => worthless > 0 && logger.warn({ worthlessDenials: worthless }, notice(worthless)),
    // That the database cannot be read is said elsewhere.
    () => undefined,
  );
}
