import type { Context, Next } from 'koa';
import { deny } from '../denial.ts';
import type { Logger } from '../logger.ts';
import { respondDenied } from './respond.ts';

const FAULT = deny('store_unavailable', 'Nobody can be checked at the moment. Try again shortly.');

/** Whatever throws is a fault: 503 without detail, never a pass and never a 500, which Prefect's clients do not retry. */
export function createErrorHandler(logger: Logger, onFault: () => void) {
  return function handleErrors(ctx: Context, next: Next): Promise<void> {
    return next().catch((error: unknown) => {
      logger.error({ requestId: ctx.state.requestId, error: describe(error) }, 'The request could not be decided.');
      onFault();
      respondDenied(ctx, FAULT);
    });
  };
}

/** The message of a database's error can hold the values of its statement; its name and code cannot. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'not an error';
  const { code } = error as NodeJS.ErrnoException;
  return [
    error.name,
    code,
    error.stack
      ?.split('\n')
      .find((line) => line.includes('/src/'))
      ?.trim(),
  ]
    .filter(Boolean)
    .join(' ');
}
