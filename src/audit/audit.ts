import type { GraphqlItem } from '../authorization/access-request.ts';
import type { Decision } from '../authorization/decide.ts';
import type { Holder } from '../authorization/denial.ts';
import { isMutation, type Operation } from '../authorization/operation.ts';
import type { Principal } from '../authorization/principal.ts';
import type { KeyChange } from '../keys/manage-keys.ts';
import type { Lines } from '../output/line-stream.ts';
import { escapeHidden, quote, quoteCut } from '../output/quote.ts';
import { maskVariables } from './mask-variables.ts';

/** One decision, as the audit trail keeps it. */
export interface AuditEvent {
  readonly decision: Decision;
  readonly principal: Principal | undefined;
  readonly requestId: string;
  readonly method: string;
  /** The raw target without its query, which may contain secrets. */
  readonly path: string;
  readonly client: string;
}

/** One key that was issued, rotated or revoked over HTTP. */
interface KeyChangeEvent extends KeyChange {
  readonly principal: Principal;
  readonly requestId: string;
  readonly client: string;
}

export interface Audit {
  /** @param document the GraphQL document that the operations are of, if they are of one */
  record(event: AuditEvent, operations: readonly Operation[], document?: GraphqlItem): void;
  recordChange(change: KeyChangeEvent): void;
}

/** The service that this one replaces uses the same word, so that searches of its log still work. */
const MARK = 'PREFECT_AUDIT_TRAIL';

/** bunyan's level `info`, and the version of its records. */
const LEVEL = 30;
const VERSION = 0;

/**
 * Records every event, whatever LOG_LEVEL says. It writes bunyan's line format without calling bunyan: building its records costs
 * more than the decision itself.
 *
 * @param about the logger's own fields, with which every line begins
 */
export function createAudit(lines: Lines, about: object): Audit {
  const start = escapeHidden(JSON.stringify({ ...about, audit: true, level: LEVEL })).slice(0, -1);
  const write = (members: string) => lines.write(`${start},${members},"time":"${timeNow()}","v":${VERSION}}\n`);
  return {
    record: (event, operations, document) => write(toMembers(event, operations, document)),
    recordChange: (change) => write(escapeHidden(JSON.stringify(toChangeRecord(change))).slice(1, -1)),
  };
}

let clockAt = Number.NaN;
let clockText = '';

/** The time as text, made once in a millisecond: for every line, it would be a third of the line's cost. */
function timeNow(): string {
  const now = Date.now();
  if (now !== clockAt) clockText = new Date(now).toISOString();
  clockAt = now;
  return clockText;
}

/** Whether a decision belongs in the trail: every refusal does, and every allowed mutation. */
export function isRecorded(decision: Decision, operations: readonly Operation[]): boolean {
  return decision.outcome === 'deny' || operations.some(isMutation);
}

const LONGEST_IN_MESSAGE = 80;

/** The most bytes of each member in the line of a refused request. The whole line has less than 2 kB, whatever the client sent. */
const MOST_BYTES = {
  name: 120,
  operations: 200,
  variables: 150,
  method: 30,
  path: 250,
  client: 60,
  text: 250,
} as const;

/** The members of a line's JSON object, as text: building the object first would double the line's cost. */
function toMembers(event: AuditEvent, operations: readonly Operation[], document?: GraphqlItem): string {
  const { decision, requestId, method, path, client } = event;
  const denial = decision.outcome === 'deny' ? decision : undefined;
  const who = event.principal ?? denial?.holder;
  // An allowed request is shown whole.
  const show = denial === undefined ? quote : quoteCut;
  const denied = denial && `,"reason":"${denial.reason}","detail":${quoteCut(denial.message, MOST_BYTES.text)}`;
  const named = who && `,"user":${show(who.userId, MOST_BYTES.name)},"keyId":${quote(who.credential.id)}`;
  const asked = denial === undefined ? operations.map((operation) => quote(operation)) : quoteSome(operations);
  return (
    `"outcome":"${decision.outcome}"${denied ?? ''}${named ?? ''},"operations":[${asked.join()}]` +
    `${document === undefined ? '' : describeDocument(document, denial !== undefined)},"requestId":${quote(requestId)}` +
    `,"method":${show(method, MOST_BYTES.method)},"path":${show(path, MOST_BYTES.path)}` +
    `,"client":${show(client, MOST_BYTES.client)},"msg":${show(describe(event, who, operations), MOST_BYTES.text)}`
  );
}

/** The first few, and how many more there are. */
function quoteSome(operations: readonly Operation[]): string[] {
  const shown: string[] = [];
  let left: number = MOST_BYTES.operations;
  for (const operation of operations) {
    const text = quoteCut(operation, MOST_BYTES.name);
    left -= text.length;
    if (left < 0) return [...shown, `"… ${operations.length - shown.length} more"`];
    shown.push(text);
  }
  return shown;
}

function describeDocument({ operationName, variables, shownVariables }: GraphqlItem, isRefused: boolean): string {
  const name = operationName === undefined ? '' : `,"operationName":${quoteCut(operationName, MOST_BYTES.name)}`;
  if (variables === undefined) return name;
  const text = shownVariables ?? maskVariables(variables);
  return `${name},"variables":${isRefused && Buffer.byteLength(text) > MOST_BYTES.variables ? '"…"' : text}`;
}

function describe(
  { decision, method, path }: AuditEvent,
  who: Holder | undefined,
  operations: readonly Operation[],
): string {
  const what = operations.length > 0 ? operations.join(', ') : `${method} ${path}`;
  const whom = who?.userId ?? 'nobody';
  if (decision.outcome === 'allow') return `${MARK}: ALLOWED ${what} for ${whom}`;
  return `${MARK}: BLOCKED ${cut(what)} for ${cut(whom)}: ${decision.reason}`;
}

/** Short enough that the message still ends with the reason. */
function cut(text: string): string {
  return text.length > LONGEST_IN_MESSAGE ? `${text.slice(0, LONGEST_IN_MESSAGE)}…` : text;
}

function toChangeRecord({ operation, principal, key, requestId, client }: KeyChangeEvent) {
  const { id, userId, scopes, expiresAt, revokedAt, replacedBy } = key;
  return {
    user: principal.userId,
    keyId: principal.credential.id,
    operations: [operation],
    change: { id, user: userId, scopes, expiresAt, revokedAt, replacedBy },
    requestId,
    client,
    msg: `${MARK}: CHANGED the key ${id} of ${userId} by ${operation} for ${principal.userId}`,
  };
}
