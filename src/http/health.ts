import type { Context } from 'koa';

/** The process answers. */
export function answerAlive(ctx: Context): void {
  ctx.body = { status: 'ok' };
}

/**
 * @param checkStore resolves where the store answers
 * @param countCleartext how many keys the store holds in clear
 */
export function createReadiness(checkStore: () => Promise<void>, countCleartext: () => Promise<number>) {
  return async function answerReady(ctx: Context): Promise<void> {
    try {
      await checkStore();
      ctx.body = { status: 'ok', store: 'ok', cleartextKeys: await countCleartext() };
    } catch {
      ctx.status = 503;
      ctx.body = { status: 'unavailable', store: 'unavailable' };
    }
  };
}
