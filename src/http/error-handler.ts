import type { Context, Next } from 'koa';
import { deny } from '../denial.ts';
import { describeFault } from '../fault.ts';
import type { Logger } from '../logger.ts';
import { respondDenied } from './respond.ts';

const FAULT = deny('store_unavailable', 'Nobody can be checked at the moment. Try again shortly.');

/** Whatever throws is a fault: 503 without detail, never a pass and never a 500, which Prefect's clients do not retry. */
export function createErrorHandler(logger: Logger, onFault: (ctx: Context) => void) {
  return function handleErrors(ctx: Context, next: Next): Promise<void> {
    return next().catch((error: unknown) => {
      if (isGone(ctx)) {
        logger.debug({ requestId: ctx.state.requestId }, 'The connection was closed before its request was answered.');
      } else {
        const event = { requestId: ctx.state.requestId, error: describeFault(error) };
        logger.error(event, 'The request could not be decided.');
        onFault(ctx);
      }
      respondDenied(ctx, FAULT);
    });
  };
}

/** What Koa tells where nobody listens it prints: above all of connections that were closed while they were answered. */
export function createErrorLog(logger: Logger) {
  return function logError(error: unknown, ctx: Context): void {
    const event = { requestId: ctx.state.requestId, error: describeFault(error) };
    if (isGone(ctx)) logger.debug(event, 'The connection was closed before its request was answered.');
    else logger.error(event, 'The request could not be answered.');
  };
}

function isGone(ctx: Context): boolean {
  return ctx.req.socket.destroyed;
}
