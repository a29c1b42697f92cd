import type { Context } from 'koa';

/** `GET /metrics`: for Prometheus, which brings no key; nginx does not let it through. */
export function createMetricsEndpoint(readMetrics: () => Promise<string>) {
  return async function answerMetrics(ctx: Context): Promise<void> {
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
    ctx.body = await readMetrics();
  };
}
