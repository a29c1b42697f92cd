import type { Principal } from './authentication/principal.ts';
import type { GraphqlItem } from './authorization/access-request.ts';
import type { Decision } from './authorization/decide.ts';
import { isMutation, type Operation } from './authorization/operation.ts';
import type { Lines } from './line-stream.ts';
import { maskVariables } from './mask-variables.ts';
import { quote } from './quote.ts';
import type { KeyRecord } from './storage/stored-key.ts';

/** One decision, as the audit trail keeps it. */
export interface AuditEvent {
  readonly decision: Decision;
  readonly principal: Principal | undefined;
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
  /** @param document that the operations are of, where it is GraphQL that asks for them */
  record(event: AuditEvent, operations: readonly Operation[], document?: GraphqlItem): void;
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
  const write = (members: string) => lines.write(`${start},${members},"time":"${timeNow()}","v":${VERSION}}\n`);
  return {
    record: (event, operations, document) => write(toMembers(event, operations, document)),
    recordChange: (change) => write(JSON.stringify(toChangeRecord(change)).slice(1, -1)),
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

/** The members of a line's JSON object, as text: to build the object first would double what the line costs. */
function toMembers(event: AuditEvent, operations: readonly Operation[], document?: GraphqlItem): string {
  const { decision, principal, requestId, method, path, client } = event;
  const denial = decision.outcome === 'deny' ? decision : undefined;
  const denied = denial && `,"reason":${quote(denial.reason)},"detail":${quote(denial.message)}`;
  const who = principal && `,"user":${quote(principal.userId)},"keyId":${quote(principal.keyId)}`;
  return (
    `"outcome":"${decision.outcome}"${denied ?? ''}${who ?? ''},"operations":[${operations.map(quote).join()}]` +
    `${document === undefined ? '' : describeDocument(document)},"requestId":${quote(requestId)}` +
    `,"method":${quote(method)},"path":${quote(path)},"client":${quote(client)},"msg":${quote(describe(event, operations))}`
  );
}

function describeDocument({ operationName, variables }: GraphqlItem): string {
  const name = operationName === undefined ? '' : `,"operationName":${quote(operationName)}`;
  return variables === undefined ? name : `${name},"variables":${maskVariables(variables)}`;
}

function describe({ decision, principal, method, path }: AuditEvent, operations: readonly Operation[]): string {
  const what = operations.length > 0 ? operations.join(', ') : `${method} ${path}`;
  const who = principal?.userId ?? 'nobody';
  return decision.outcome === 'allow'
    ? `${MARK}: ALLOWED ${what} for ${who}`
    : `${MARK}: BLOCKED ${what} for ${who}: ${decision.reason}`;
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
  };
}
