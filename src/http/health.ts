import type { Context } from 'koa';

/** The process answers. */
export function answerAlive(ctx: Context): void {
  ctx.body = { status: 'ok' };
}

/** @param checkStore resolves where the store answers */
export function createReadiness(checkStore: () => Promise<void>) {
  return async function answerReady(ctx: Context): Promise<void> {
    const isStoreUp = await checkStore().then(
      () => true,
      () => false,
    );
    ctx.status = isStoreUp ? 200 : 503;
    ctx.body = { status: isStoreUp ? 'ok' : 'unavailable', store: isStoreUp ? 'ok' : 'unavailable' };
  };
}
