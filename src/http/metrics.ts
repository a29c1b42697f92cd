import type { Context } from 'koa';

/** `GET /metrics`: for Prometheus, which sends no key. nginx does not pass this path on. */
export function createMetricsEndpoint(readMetrics: () => Promise<string>) {
  return async function answerMetrics(ctx: Context): Promise<void> {
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
    ctx.body = await readMetrics();
  };
}
