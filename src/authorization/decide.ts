import type { AccessRequest } from './access-request.ts';
import { type Denial, deny } from './denial.ts';
import type { Operation } from './operation.ts';
import { conditionsFor, covers, type Policy } from './policy.ts';

export type Decision = { readonly outcome: 'allow' } | (Denial & { readonly missing?: readonly Operation[] });

const ALLOW: Decision = { outcome: 'allow' };
const MOST_NAMED = 3;

/** Every operation must be covered. A request without any operation is refused. */
export function decide(policy: Policy, request: AccessRequest): Decision {
  if (request.operations.length === 0) {
    return deny('unsupported_request', 'The request names no operation; there is nothing to decide on.');
  }
  const missing = request.operations.filter((operation) => !covers(policy, operation, request));
  if (missing.length === 0) return ALLOW;
  return { ...deny('insufficient_scope', describeMissing(missing, policy, request)), missing };
}

function describeMissing(missing: readonly Operation[], policy: Policy, { asides }: AccessRequest): string {
  const rest = missing.length - MOST_NAMED;
  const name = (operation: Operation) => {
    const field = asides?.get(operation)?.field;
    return field === undefined ? operation : `${operation} (for its field ${field})`;
  };
  const named = missing.slice(0, MOST_NAMED).map(name).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return `This key lacks the scope ${named}. ${hintFor(missing, policy)}`;
}

function hintFor(missing: readonly Operation[], policy: Policy): string {
  if (policy.problem !== undefined) {
    return 'The scopes of this key cannot be read, so it grants nothing. Ask the people who run this Prefect for another key.';
  }
  if (missing.some((operation) => conditionsFor(policy, operation).length > 0)) {
    return 'It has that scope for some objects only, and this request names none of them in its path.';
  }
  return 'Ask the people who run this Prefect for a key that has it.';
}
