import type { Principal } from './authentication/principal.ts';
import type { GraphqlItem } from './authorization/access-request.ts';
import type { Decision } from './authorization/decide.ts';
import { isMutation, type Operation } from './authorization/operation.ts';
import type { Lines } from './line-stream.ts';
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

/** bunyan's level `info`, and the version of its records. */
const LEVEL = 30;
const VERSION = 0;

/**
 * Records what it is given, whatever LOG_LEVEL says. The lines are bunyan's own, written past it: to put its records together
 * would cost more than the decision.
 *
 * @param about what every line begins with: the logger's own fields
 */
export function createAudit(lines: Lines, about: object): Audit {
  const start = JSON.stringify({ ...about, audit: true, level: LEVEL }).slice(0, -1);
  const write = (record: object) => lines.write(`${start},${JSON.stringify(record).slice(1)}\n`);
  return {
    record: (event) => write(toRecord(event)),
    recordChange: (change) => write(toChangeRecord(change)),
  };
}

let clockAt = Number.NaN;
let clockText = '';

/** The time as text, made once in a millisecond: it would be a third of what the line costs. */
function timeNow(): string {
  const now = Date.now();
  if (now !== clockAt) clockText = new Date(now).toISOString();
  clockAt = now;
  return clockText;
}

/** What belongs in the trail: every refusal, and every allowed mutation. */
export function isRecorded(decision: Decision, operations: readonly Operation[]): boolean {
  return decision.outcome === 'deny' || operations.some(isMutation);
}

function describe({ decision, operations, principal, method, path }: AuditEvent): string {
  const what = operations.length > 0 ? operations.join(', ') : `${method} ${path}`;
  const who = principal?.userId ?? 'nobody';
  return decision.outcome === 'allow'
    ? `${MARK}: ALLOWED ${what} for ${who}`
    : `${MARK}: BLOCKED ${what} for ${who}: ${decision.reason}`;
}

/** Undefined is left out of the line. */
function toRecord(event: AuditEvent) {
  const { decision, principal, graphql } = event;
  const denial = decision.outcome === 'deny' ? decision : undefined;
  return {
    outcome: decision.outcome,
    reason: denial?.reason,
    detail: denial?.message,
    user: principal?.userId,
    keyId: principal?.keyId,
    operations: event.operations,
    operationName: graphql?.operationName,
    variables: graphql && maskVariables(graphql.variables),
    requestId: event.requestId,
    method: event.method,
    path: event.path,
    client: event.client,
    msg: describe(event),
    time: timeNow(),
    v: VERSION,
  };
}

function toChangeRecord({ operation, principal, key, requestId, client }: KeyChange) {
  const { id, userId, scopes, expiresAt, revokedAt, replacedBy } = key;
  return {
    user: principal.userId,
    keyId: principal.keyId,
    operations: [operation],
    change: { id, user: userId, scopes, expiresAt, revokedAt, replacedBy },
    requestId,
    client,
    msg: `${MARK}: CHANGED the key ${id} of ${userId} by ${operation} for ${principal.userId}`,
    time: timeNow(),
    v: VERSION,
  };
}
