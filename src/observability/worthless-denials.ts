import { describeWorthlessDenials, describeWorthlessExclusions } from '../amounts/describe-amounts.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { countInSlices } from '../event-loop/count-in-slices.ts';
import type { Store } from '../storage/open-store.ts';
import type { Logger } from './logger.ts';

/**
 * Counts the keys, accounts and roles whose other grants make their denials worthless. New keys and accounts are refused such
 * denials, so only older ones have them. The denials of a role are what it excludes.
 */
export async function countWorthlessDenials(
  { keys, accounts }: Pick<Store, 'keys' | 'accounts'>,
  roles: RoleDefinitions,
): Promise<number> {
  const isWorthless = ({ scopes = '' }: { readonly scopes?: string }) =>
    describeWorthlessDenials(scopes, roles).length > 0;
  const ofKeys = await keys.scopesWithDenials(new Date());
  const inKeys = await countInSlices(ofKeys, (each) => (isWorthless(each) ? each.keys : 0));
  const inAccounts = await countInSlices(await accounts.list(), (each) => (isWorthless(each) ? 1 : 0));
  const inRoles = Object.keys(roles).filter((role) => describeWorthlessExclusions(roles, role).length > 0);
  return inKeys + inAccounts + inRoles.length;
}

/** Warns once, at the start, and names the roles. A key is named when it is first seen. */
export function warnOfWorthlessDenials(count: () => Promise<number>, roles: RoleDefinitions, logger: Logger): void {
  for (const role of Object.keys(roles)) {
    for (const problem of describeWorthlessExclusions(roles, role)) logger.warn({ role }, problem);
  }
  const notice = (worthless: number) =>
    `${worthless} keys, accounts and roles have denials that their other grants make worthless; \`keys list\`, \`accounts list\` and \`roles show\` say which.`;
  count().then(
    (worthless) => worthless > 0 && logger.warn({ worthlessDenials: worthless }, notice(worthless)),
    // Another warning says that the database cannot be read.
    () => undefined,
  );
}
