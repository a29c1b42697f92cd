import type { Preview } from './access-request.ts';
import { type Decision, decide } from './decide.ts';
import { type Denial, deny } from './denial.ts';
import { matchesGlob } from './glob.ts';
import { conditionsFor, type Policy } from './policy.ts';

/** A body of this size is enough for a client to ask for its own identity, which needs no scope. */
export const OWN_QUESTION_BYTES = 8 * 1024;

export const NOTHING_OF_GRAPHQL: Denial = deny(
  'insufficient_scope',
  'This key has no scope for anything that GraphQL asks for. Ask the people who run this Prefect for a key that has.',
);

/**
 * Refuses a request before its body is read, if operations that are known already are not covered and no condition could
 * cover them. The rest of the request cannot change that.
 */
export function refuseEarly(policy: Policy, { request }: Preview): Decision | undefined {
  if (request.operations.length === 0) return undefined;
  const decision = decide(policy, request);
  if (decision.outcome === 'allow') return undefined;
  const missing = decision.missing ?? [];
  return missing.some((operation) => conditionsFor(policy, operation).length > 0) ? undefined : decision;
}

/** False only if the policy covers no field of any document, except the one that asks for the client's identity. */
export function mayCoverGraphql({ grants, denials, within }: Policy): boolean {
  if (within !== undefined && !mayCoverGraphql(within)) return false;
  // A document names no object, so it meets no condition. A denial that matches a pattern takes all of it away.
  return grants.some((set) =>
    set.grants.some(
      ({ pattern, conditions }) =>
        !pattern.startsWith('admin/') &&
        conditions.length === 0 &&
        !denials.some((denial) => matchesGlob(denial, pattern)),
    ),
  );
}
