import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Context, Next } from 'koa';
import type { Logger } from '../logger.ts';

/** Headers that carry a credential. */
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-prefect-user-id']);

/** Where a path ends in a key. */
const SECRET_PATH = /^(\/cache\/).+/;

/** At level `info`, logs every request and its answer with their headers, secrets masked. */
export function createRequestLog(logger: Logger) {
  return async function logRequest(ctx: Context, next: Next): Promise<void> {
    if (!logger.info()) return next();
    const startedAt = performance.now();
    await next();
    logger.info(
      {
        requestId: ctx.state.requestId,
        method: ctx.method,
        path: ctx.path.replace(SECRET_PATH, '$1***'),
        headers: mask(ctx.headers),
        status: ctx.status,
        answer: mask(ctx.res.getHeaders()),
        milliseconds: Math.round((performance.now() - startedAt) * 1000) / 1000,
      },
      'request',
    );
  };
}

function mask(headers: IncomingHttpHeaders | OutgoingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? '***' : value]),
  );
}
