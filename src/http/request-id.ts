import { randomUUID } from 'node:crypto';
import type { Context, Next } from 'koa';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that nginx gave the request, or one of our own; the same in the answer, the log and the audit trail. */
export async function identifyRequest(ctx: Context, next: Next): Promise<void> {
  const given = ctx.get('X-Request-Id');
  const requestId = REQUEST_ID.test(given) ? given : randomUUID();
  ctx.state.requestId = requestId;
  ctx.set('X-Request-Id', requestId);
  ctx.set('Cache-Control', 'no-store');
  await next();
}
