import type { AccessRequest } from '../authorization/access-request.ts';
import { decide } from '../authorization/decide.ts';
import { type Explanation, explain } from '../authorization/explain.ts';
import { compileBoundPolicy } from '../authorization/policy.ts';
import type { RoleDefinitions } from '../authorization/roles.ts';
import { checkValidity } from '../keys/api-key.ts';
import type { KeyRecord } from '../keys/key-record.ts';

/** What one key may do in a request, operation by operation. */
export interface KeyExplanation {
  readonly keyId: string;
  readonly user: string;
  readonly isAllowed: boolean;
  /** Why the key itself is refused, whatever the request. */
  readonly refused?: string;
  readonly operations: readonly (Explanation & { readonly owner?: Explanation })[];
}

export function explainKey(
  key: KeyRecord,
  bound: string | undefined,
  request: AccessRequest,
  roles: RoleDefinitions,
): KeyExplanation {
  const operations = request.operations.map((operation) => ({
    ...explain(key.scopes, operation, request, roles),
    ...(bound !== undefined && { owner: explain(bound, operation, request, roles) }),
  }));
  const invalid = checkValidity(key, Date.now());
  const decision = decide(compileBoundPolicy(key.scopes, bound, roles), request);
  return {
    keyId: key.id,
    user: key.userId,
    isAllowed: decision.outcome === 'allow' && invalid === undefined,
    ...(invalid && { refused: invalid.message }),
    operations,
  };
}

export function describeExplanation(
  { keyId, user, isAllowed, refused, operations }: KeyExplanation,
  what: string,
): string {
  const lines = operations.map((each) => {
    const own = `    ${describeOne(each, 'the key')}\n`;
    const field = each.field === undefined ? '' : ` (for its field ${each.field})`;
    return `  ${each.operation}${field}\n${own}${each.owner ? `    ${describeOne(each.owner, 'its owner')}\n` : ''}`;
  });
  const head = `${isAllowed ? 'Allowed' : 'Refused'}: ${what} with the key ${keyId} of ${user}\n`;
  return `${head}${refused ? `  ${refused}\n` : ''}${lines.join('')}`;
}

function describeOne({ isCovered, grantedBy, deniedBy, suffices }: Explanation, whose: string): string {
  if (isCovered) return `allowed to ${whose} by ${grantedBy ?? 'whatever else it grants'}`;
  if (deniedBy !== undefined) return `refused to ${whose} by ${deniedBy}, which wins over every grant`;
  return `not granted to ${whose}; would suffice: ${suffices.join(', ')}`;
}
