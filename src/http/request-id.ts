import { randomUUID } from 'node:crypto';
import type { Context, Next } from 'koa';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that nginx gave the request, or one of our own; the same in the answer, the log and the audit trail. */
export function identifyRequest(ctx: Context, next: Next): Promise<void> {
  const given = ctx.req.headers['x-request-id'];
  ctx.state.requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  return next();
}
