import { compilePolicy } from '../authorization/policy.ts';
import type { Principal } from '../authorization/principal.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';

export const ANONYMOUS = 'anonymous';

export interface AnonymousOptions {
  readonly roles: RoleDefinitions;
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
  /** For so long an account that was read counts while the store does not answer. */
  readonly staleMs: number;
  /** Told, whenever the account was read, why nobody may do anything without a credential; undefined where somebody may. */
  readonly onRead: (problem: string | undefined) => void;
}

/** What is read of an account. */
interface Account {
  readonly scopes?: string;
}

/**
 * Who everyone without a credential is while ALLOW_PUBLIC_ACCESS is true: the account `anonymous`, with what it is given. Undefined
 * where there is none. Rejects where the store does not answer.
 */
export type IdentifyAnonymous = () => Principal | undefined | Promise<Principal | undefined>;

/** A change of the account counts within a second. */
const FRESH_MS = 500;
/** A store that does not answer is not asked again for every request. */
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

  /** One object for as long as the account says the same: what is derived from a policy is kept by it. */
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
