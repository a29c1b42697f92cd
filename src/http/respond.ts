import type { Context, Next } from 'koa';
import type { Denial, ReasonCode } from '../authorization/denial.ts';
import type { Policy } from '../authorization/policy.ts';
import type { Principal } from '../authorization/principal.ts';

const STATUS_OF_REASON: Readonly<Record<ReasonCode, number>> = {
  missing_credential: 401,
  malformed_credential: 401,
  unknown_key: 401,
  expired_key: 401,
  not_yet_valid_key: 401,
  revoked_key: 401,
  insufficient_scope: 403,
  unreadable_request: 403,
  ambiguous_path: 403,
  unsupported_request: 403,
  too_many_failures: 429,
  store_unavailable: 503,
};

/** Characters that need no encoding. Almost every name passes, and this test is cheaper than the replacement below. */
const PLAIN = /^[!-$&-~]*$/;

const LONGEST_REASON = 1_000;

/** Seconds after which a client may try again, by status. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 503: 2 };

/** On every answer that lets a request go on. */
const COMMON_HEADERS = ['Cache-Control', 'no-store', 'Content-Length', '0'];

/** The headers that depend on the policy alone, made once: many keys have the same policy. */
const headersOfPolicies = new WeakMap<Policy, readonly string[]>();

/**
 * Written without Koa, in one piece: Node is fastest with one list of names and values. Nearly all answers are this one.
 */
export function respondAllowed(
  ctx: Context,
  principal: Principal | undefined,
  tenantId: string,
  more: readonly string[] = [],
): void {
  const { requestId } = ctx.state;
  // The verdict shows nginx that this service answered, and that it meant this request.
  const headers = ['X-Request-Id', requestId, 'X-Auth-Verdict', `prefect-auth allows ${requestId}`, ...COMMON_HEADERS];
  if (principal !== undefined) addIdentity(headers, principal, tenantId);
  ctx.res.writeHead(200, more.length === 0 ? headers : [...headers, ...more]).end();
  // Only here: if Node refuses to write the headers, Koa still has to answer with a fault.
  ctx.respond = false;
}

/** The headers by which Prefect knows the principal. */
export function toIdentityHeaders(principal: Principal, tenantId: string): Record<string, string> {
  const headers: string[] = [];
  addIdentity(headers, principal, tenantId);
  return Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : [])));
}

/** Appends each name and, after it, its value. */
function addIdentity(headers: string[], principal: Principal, tenantId: string): void {
  headers.push('X-Auth-User', toHeaderText(principal.userId), 'X-Auth-Key-Id', toHeaderText(principal.credential.id));
  headers.push(...sharedHeadersOf(principal, tenantId));
}

function sharedHeadersOf({ scopes, policy }: Principal, tenantId: string): readonly string[] {
  const known = headersOfPolicies.get(policy);
  if (known !== undefined) return known;
  const scopesText = toHeaderText(scopes.trim().replaceAll(/\s+/g, ' '));
  const about = ['X-Auth-Roles', policy.roles.join(','), 'X-Auth-Scopes', scopesText];
  const headers = [...about, 'X-Auth-Tenant', toHeaderText(tenantId)];
  headersOfPolicies.set(policy, headers);
  return headers;
}

/** Sets the headers of every answer on those of the router. */
export function markAnswer(ctx: Context, next: Next): Promise<void> {
  ctx.set({ 'X-Request-Id': ctx.state.requestId, 'Cache-Control': 'no-store' });
  return next();
}

/** The reason is in a header, because nginx drops the body of this answer, and in the body, for clients that do not use nginx. */
export function respondDenied(ctx: Context, denial: Denial): void {
  const status = STATUS_OF_REASON[denial.reason];
  const message = toReasonText(denial.message);
  ctx.status = status;
  ctx.set({ 'X-Request-Id': ctx.state.requestId, 'Cache-Control': 'no-store' });
  ctx.set('X-Auth-Reason', `${denial.reason}; ${message}`);
  const retryAfter = denial.retryAfter ?? RETRY_AFTER[status];
  if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter));
  // Not Basic: a browser would show its own window in front of Prefect's form.
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="Prefect"');
  ctx.body = { reason: denial.reason, detail: message };
}

/** A header has visible ASCII and single spaces; everything else is percent-encoded, so that two users never look like one. */
function toHeaderText(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(/[^\x20-\x7e]|%|^ | $| (?= )/gu, encodeURIComponent);
}

/** nginx writes the reason into JSON unchanged, and has 16 kB for all headers; names in a refused request can be longer. */
function toReasonText(message: string): string {
  return message.slice(0, LONGEST_REASON).replaceAll(/[^\x20-\x7e]|["\\]/g, '?');
}
