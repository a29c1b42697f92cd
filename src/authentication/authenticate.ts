import { LRUCache } from 'lru-cache';
import { compileBoundPolicy, type Policy } from '../authorization/policy.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { type Denial, deny, isDenial } from '../denial.ts';
import { type ApiKey, checkValidity } from './api-key.ts';
import type { Credential } from './credential.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { KeyCache } from './key-cache.ts';
import { digestOf, isMistyped, packedDigestOf } from './key-format.ts';
import type { Principal } from './principal.ts';

export interface AuthenticationDependencies {
  readonly keys: KeyCache;
  readonly failures: FailureLimit;
  readonly roles: RoleDefinitions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told once for every text of scopes that does not parse. */
  readonly onUnparsedScopes: (key: ApiKey, problem: string) => void;
  /** Told of every use of a key that holds. */
  readonly onUse?: (key: ApiKey) => void;
}

/**
 * From a credential, and the address that it came from, to its principal: at once where the key is cached. Rejects where the
 * store does not answer.
 */
export type Authenticate = (
  credential: Credential,
  address?: string,
) => Principal | Denial | Promise<Principal | Denial>;

const MOST_POLICIES = 10_000;
/** Those of the keys that are in use: what is derived from one takes more memory than the key. */
const MOST_PRINCIPALS = 10_000;

const MISTYPED = deny(
  'unknown_key',
  'This API key is cut off or mistyped: its check digits do not fit. Copy it whole.',
);
const UNKNOWN = deny('unknown_key', 'This API key is not known here. Check that it is whole, or ask for another.');

export function createAuthenticate(dependencies: AuthenticationDependencies): Authenticate {
  const { keys, failures, now, onUse } = dependencies;
  const policyOf = createPolicyCompiler(dependencies);
  const principals = new LRUCache<ApiKey, Principal>({ max: MOST_PRINCIPALS });

  /** An address that has failed too often is not listened to, except with keys that have been seen to be good. */
  async function look(secret: string, address: string): Promise<ApiKey | Denial> {
    const digest = digestOf(secret);
    const find = async () => (isMistyped(secret) ? MISTYPED : ((await keys.find({ secret, digest })) ?? UNKNOWN));
    return keys.knows(digest) ? find() : failures.attempt(address, find);
  }

  return function authenticate({ key: secret }, address = '') {
    const key = keys.peek(packedDigestOf(secret));
    // Many a key that is looked up does not come again soon; one that was cached already did.
    return key === undefined
      ? look(secret, address).then((found) => admit(found, toPrincipal))
      : admit(key, principalOf);
  };

  function admit(key: ApiKey | Denial, identify: (key: ApiKey) => Principal): Principal | Denial {
    if (isDenial(key)) return key;
    const invalid = checkValidity(key, now());
    if (invalid !== undefined) return invalid;
    onUse?.(key);
    return identify(key);
  }

  /** One principal for a key as long as it is in use, so that what is derived from it is derived once. */
  function principalOf(key: ApiKey): Principal {
    const known = principals.get(key);
    if (known !== undefined) return known;
    const principal = toPrincipal(key);
    principals.set(key, principal);
    return principal;
  }

  function toPrincipal(key: ApiKey): Principal {
    return { userId: key.userId, keyId: key.id, scopes: key.scopes, policy: policyOf(key) };
  }
}

/** Compiles each text of scopes once; many keys share one text. */
function createPolicyCompiler({ roles, onUnparsedScopes }: AuthenticationDependencies): (key: ApiKey) => Policy {
  const policies = new LRUCache<string, Policy>({ max: MOST_POLICIES });
  return function policyOf(key) {
    // As JSON, so that no scopes of one key read like the scopes and the bound of another.
    const text = JSON.stringify([key.scopes, key.ownerScopes]);
    const known = policies.get(text);
    if (known !== undefined) return known;
    const policy = compileBoundPolicy(key.scopes, key.ownerScopes, roles);
    const problem = policy.problem ?? policy.within?.problem;
    if (problem !== undefined) onUnparsedScopes(key, problem);
    policies.set(text, policy);
    return policy;
  };
}
