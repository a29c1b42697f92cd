import type { Context, Next } from 'koa';
import { deny } from '../authorization/denial.ts';
import { describeFault } from '../faults/fault.ts';
import type { Logger } from '../observability/logger.ts';
import { respondDenied } from './respond.ts';

const FAULT = deny('store_unavailable', 'API keys cannot be checked at the moment. Try again shortly.');

/** Every error that is thrown is a fault: 503 without detail, never a pass and never a 500, which Prefect's clients do not retry. */
export function createErrorHandler(logger: Logger, onFault: (ctx: Context) => void) {
  return function handleErrors(ctx: Context, next: Next): Promise<void> {
    return next().catch((error: unknown) => {
      logFault(logger, ctx, error, 'The request could not be decided.');
      if (!isGone(ctx)) onFault(ctx);
      respondDenied(ctx, FAULT);
    });
  };
}

/** Without a listener Koa prints these errors to stderr; most are of clients that hung up before the answer was written. */
export function createErrorLog(logger: Logger) {
  return (error: unknown, ctx: Context) => logFault(logger, ctx, error, 'The request could not be answered.');
}

/** A client that hung up is not a fault of the service. */
function logFault(logger: Logger, ctx: Context, error: unknown, message: string): void {
  const event = { requestId: ctx.state.requestId, error: describeFault(error) };
  if (isGone(ctx)) logger.debug(event, 'The connection was closed before its request was answered.');
  else logger.error(event, message);
}

function isGone(ctx: Context): boolean {
  return ctx.req.socket.destroyed;
}
