import { LRUCache } from 'lru-cache';
import { describeWorthlessDenials } from '../amounts/describe-amounts.ts';
import { type Denial, deny, isDenial } from '../authorization/denial.ts';
import { compileBoundPolicy, type Policy } from '../authorization/policy.ts';
import type { Principal } from '../authorization/principal.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { CrowdedError } from '../key-cache/fair-source.ts';
import type { KeyCache } from '../key-cache/key-cache.ts';
import { type ApiKey, checkValidity, type Terms } from '../keys/api-key.ts';
import { isMistyped, packedDigestOf, unpackDigest } from '../keys/key-format.ts';
import type { UsedKey } from '../keys/used-key.ts';
import type { Credential } from './credential.ts';
import type { FailureLimit } from './failure-limit.ts';

export interface AuthenticationDependencies {
  readonly keys: KeyCache;
  readonly failures: FailureLimit;
  readonly roles: RoleDefinitions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called for scopes that cannot be read, when they are compiled. */
  readonly onUnparsedScopes: (key: ApiKey, problem: string) => void;
  /** Called for denials that do not help, when they are compiled. */
  readonly onWorthlessDenial?: (key: ApiKey, problem: string) => void;
  /** Called for every use of a valid key. */
  readonly onUse?: (key: UsedKey) => void;
}

/**
 * Turns a credential, and the address that it came from, into its principal: immediately if the key is cached. Rejects if the
 * store does not answer.
 */
export type Authenticate = (
  credential: Credential,
  address?: string,
) => Principal | Denial | Promise<Principal | Denial>;

const MOST_POLICIES = 10_000;
/** The most for all policies together, as sizeOf counts. */
const MOST_BYTES = 32_000_000;
const BYTES_OF_GRANT = 80;

const MISTYPED = deny(
  'unknown_key',
  'This API key is cut off or mistyped: its check digits do not fit. Copy it whole.',
);
const CROWDED = deny('store_unavailable', 'Too many unknown API keys are being looked up. Try again shortly.');
const UNKNOWN = deny(
  'unknown_key',
  'This API key is not known here. Check that you copied all of it, or ask for another.',
);

export function createAuthenticate(dependencies: AuthenticationDependencies): Authenticate {
  const { keys, failures, now, onUse } = dependencies;
  const policyOf = createPolicyCompiler(dependencies);

  /** Every key is looked up, whatever else came from its address: clients do not choose with whom they share one. */
  async function look(secret: string, digest: string, address: string): Promise<ApiKey | Denial> {
    if (isMistyped(secret)) return MISTYPED;
    try {
      const key = await keys.find(digest, keys.knows(digest) ? undefined : address);
      return key ?? failures.count(address) ?? UNKNOWN;
    } catch (error) {
      if (error instanceof CrowdedError) return CROWDED;
      throw error;
    }
  }

  return function authenticate({ key: secret }, address = '') {
    const digest = packedDigestOf(secret);
    const key = keys.peek(digest);
    return key === undefined ? look(secret, unpackDigest(digest), address).then(admit) : admit(key);
  };

  function admit(key: ApiKey | Denial): Principal | Denial {
    if (isDenial(key)) return key;
    const invalid = checkValidity(key, now());
    const credential = { kind: 'key', id: key.id } as const;
    if (invalid !== undefined) return { ...invalid, holder: { userId: key.userId, credential } };
    onUse?.(key);
    return { userId: key.userId, credential, expiresAt: key.expiresAt, scopes: key.scopes, policy: policyOf(key) };
  }
}

/** Compiles terms once, even if many keys share them, so that these keys share one policy and what is derived from it. */
function createPolicyCompiler({
  roles,
  onUnparsedScopes,
  onWorthlessDenial,
}: AuthenticationDependencies): (key: ApiKey) => Policy {
  const policies = new LRUCache<Terms, Policy>({ max: MOST_POLICIES, maxSize: MOST_BYTES, sizeCalculation: sizeOf });
  return function policyOf(key) {
    const terms = key.terms ?? key;
    const known = policies.get(terms);
    if (known !== undefined) return known;
    const policy = compileBoundPolicy(terms.scopes, terms.ownerScopes, roles);
    const problem = policy.problem ?? policy.within?.problem;
    if (problem !== undefined) onUnparsedScopes(key, problem);
    for (const worthless of describeWorthlessDenials(terms.scopes, roles)) onWorthlessDenial?.(key, worthless);
    policies.set(terms, policy);
    return policy;
  };
}

/** About how many bytes a policy takes, with the text that it was made from and the headers that state it. */
function sizeOf({ grants, denials, paths, within }: Policy, { scopes, ownerScopes = '' }: Terms): number {
  const own = grants.reduce((sum, set) => sum + set.grants.length + set.excludes.length, denials.length + paths.length);
  const bound = within?.grants.reduce((sum, set) => sum + set.grants.length + set.excludes.length, 0) ?? 0;
  return (own + bound + 2) * BYTES_OF_GRANT + 4 * (scopes.length + ownerScopes.length);
}
