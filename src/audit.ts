import type { Principal } from './authentication/principal.ts';
import type { GraphqlItem } from './authorization/access-request.ts';
import type { Decision } from './authorization/decide.ts';
import { isMutation, type Operation } from './authorization/operation.ts';
import type { Logger } from './logger.ts';
import { maskVariables } from './mask-variables.ts';
import type { KeyRecord } from './storage/stored-key.ts';

/** One decision, as the audit trail keeps it. */
export interface AuditEvent {
  readonly decision: Decision;
  readonly principal: Principal | undefined;
  readonly operations: readonly Operation[];
  /** The GraphQL document that the operations are of. */
  readonly graphql?: GraphqlItem;
  readonly requestId: string;
  readonly method: string;
  /** The raw target without its query, which may hold what nobody should read. */
  readonly path: string;
  readonly client: string;
}

/** One key that was issued, rotated or revoked over HTTP. */
export interface KeyChange {
  readonly operation: Operation;
  readonly principal: Principal;
  readonly key: KeyRecord;
  readonly requestId: string;
  readonly client: string;
}

export interface Audit {
  record(event: AuditEvent): void;
  recordChange(change: KeyChange): void;
}

/** Found in the log by the same words as in the service that this one replaces. */
const MARK = 'PREFECT_AUDIT_TRAIL';

/** Records every refusal and every allowed mutation, whatever LOG_LEVEL says. */
export function createAudit(logger: Logger): Audit {
  const trail = logger.child({ audit: true });
  trail.level('info');
  return {
    record(event) {
      const { decision } = event;
      if (decision.outcome === 'allow' && !event.operations.some(isMutation)) return;
      trail.info(toFields(event), describe(event));
    },
    recordChange({ operation, principal, key, requestId, client }) {
      const { id, userId, scopes, expiresAt, revokedAt, replacedBy } = key;
      const change = { id, user: userId, scopes, expiresAt, revokedAt, replacedBy };
      trail.info(
        { user: principal.userId, keyId: principal.keyId, operations: [operation], change, requestId, client },
        `${MARK}: CHANGED the key ${id} of ${userId} by ${operation} for ${principal.userId}`,
      );
    },
  };
}

function describe({ decision, operations, principal, method, path }: AuditEvent): string {
  const what = operations.length > 0 ? operations.join(', ') : `${method} ${path}`;
  const who = principal?.userId ?? 'nobody';
  return decision.outcome === 'allow'
    ? `${MARK}: ALLOWED ${what} for ${who}`
    : `${MARK}: BLOCKED ${what} for ${who}: ${decision.reason}`;
}

function toFields({ decision, principal, operations, graphql, requestId, method, path, client }: AuditEvent) {
  return {
    outcome: decision.outcome,
    ...(decision.outcome === 'deny' && { reason: decision.reason, detail: decision.message }),
    user: principal?.userId,
    keyId: principal?.keyId,
    operations,
    ...(graphql && { operationName: graphql.operationName, variables: maskVariables(graphql.variables) }),
    requestId,
    method,
    path,
    client,
  };
}
