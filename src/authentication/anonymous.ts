import { compilePolicy } from '../authorization/policy.ts';
import type { Principal } from '../authorization/principal.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';

export const ANONYMOUS = 'anonymous';

export interface AnonymousOptions {
  readonly roles: RoleDefinitions;
  /** Milliseconds of a clock that is never set back. */
  readonly now: () => number;
  /** For how long an account that was read is used while the store does not answer. */
  readonly staleMs: number;
  /** Called whenever the account was read: with why requests without a credential are refused, or undefined if they are not. */
  readonly onRead: (problem: string | undefined) => void;
}

/** The part of an account that is read. */
interface Account {
  readonly scopes?: string;
}

/**
 * The principal of requests without a credential while ALLOW_PUBLIC_ACCESS is true: the account `anonymous`, with its scopes.
 * Undefined if there is no such account, if it has no scopes, or if they cannot be read. Rejects if the store does not answer.
 */
export type IdentifyAnonymous = () => Principal | undefined | Promise<Principal | undefined>;

/** Short enough that a change of the account takes effect within a second. */
const FRESH_MS = 500;
/** A pause, so that a store that does not answer is not asked again for every request. */
const RETRY_MS = 1_000;

export function createAnonymous(
  find: () => Promise<Account | undefined>,
  { roles, now, staleMs, onRead }: AnonymousOptions,
): IdentifyAnonymous {
  let held: { readonly principal: Principal | undefined; readonly scopes: string | undefined } | undefined;
  let readAt = 0;
  let freshUntil = 0;
  let reading: Promise<Principal | undefined> | undefined;

  async function read(): Promise<Principal | undefined> {
    try {
      const account = await find();
      if (held === undefined || held.scopes !== account?.scopes)
        held = { scopes: account?.scopes, principal: toPrincipal(account) };
      readAt = now();
      freshUntil = readAt + FRESH_MS;
      onRead(problemOf(account, held.principal));
    } catch (error) {
      if (held === undefined || now() - readAt > staleMs) throw error;
      freshUntil = now() + RETRY_MS;
    }
    return held.principal;
  }

  /** Called only when the scopes have changed: what is derived from a policy is cached by its object. */
  function toPrincipal(account: Account | undefined): Principal | undefined {
    if (!account?.scopes) return undefined;
    const policy = compilePolicy(account.scopes, roles);
    return policy.problem === undefined
      ? { userId: ANONYMOUS, credential: { kind: 'none', id: 'none' }, scopes: account.scopes, policy }
      : undefined;
  }

  function problemOf(account: Account | undefined, principal: Principal | undefined): string | undefined {
    if (principal !== undefined) return undefined;
    const why = account?.scopes
      ? `the scopes of the account ${ANONYMOUS} cannot be read`
      : `there is ${account === undefined ? 'no' : 'nothing that it may do in the'} account ${ANONYMOUS}`;
    return `ALLOW_PUBLIC_ACCESS is true, but requests without a credential are refused: ${why}. Give it a role: prefect-auth accounts set ${ANONYMOUS} --role viewer`;
  }

  return function identifyAnonymous() {
    if (held !== undefined && now() < freshUntil) return held.principal;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}
