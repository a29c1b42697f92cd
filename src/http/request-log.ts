import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Context, Next } from 'koa';
import type { Logger } from '../observability/logger.ts';
import { quote } from '../output/quote.ts';

/** Headers that carry a credential. */
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-prefect-user-id']);

/** A path that ends in a key. The router ignores case, so this does too. */
const SECRET_PATH = /^(\/cache\/).+/i;

/** At level `info`, logs every request and its answer with their headers, secrets masked. */
export function createRequestLog(logger: Logger) {
  return function logRequest(ctx: Context, next: Next): Promise<void> {
    return logger.info() ? logAnswer(ctx, next) : next();
  };

  async function logAnswer(ctx: Context, next: Next): Promise<void> {
    const startedAt = performance.now();
    // Node can list the headers of an answer afterwards only if some were set before it was written.
    ctx.set('X-Request-Id', ctx.state.requestId);
    await next();
    logger.info(
      {
        requestId: ctx.state.requestId,
        method: cut(ctx.method),
        path: cut(ctx.path.replace(SECRET_PATH, '$1***')),
        headers: mask(ctx.headers),
        status: ctx.status,
        answer: mask(ctx.res.getHeaders()),
        milliseconds: Math.round((performance.now() - startedAt) * 1000) / 1000,
      },
      'request',
    );
  }
}

/** For the names and values of headers in one line, so that a client cannot fill the log. */
const MOST_BYTES = 1_000;
const LONGEST_VALUE = 120;

function mask(headers: IncomingHttpHeaders | OutgoingHttpHeaders): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  let left = MOST_BYTES;
  for (const [name, value] of Object.entries(headers)) {
    const text = SECRET_HEADERS.has(name.toLowerCase()) ? '***' : cut(String(value));
    left -= name.length + quote(text).length;
    if (left < 0) break;
    shown[name] = text;
  }
  return shown;
}

function cut(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
