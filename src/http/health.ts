import type { Context } from 'koa';

/** The process answers. */
export function answerAlive(ctx: Context): void {
  ctx.body = { status: 'ok' };
}

export interface ReadinessDependencies {
  /** Resolves where the store answers. */
  readonly checkStore: () => Promise<void>;
  /** How many keys the store holds in clear. */
  readonly countCleartext: () => Promise<number>;
  /** Whether word of changed keys arrives, by channel. Without it keys are asked for every time, so it is no fault. */
  readonly channels: ReadonlyMap<string, boolean>;
  readonly isStopping: () => boolean;
}

/** Ready to decide, and to go on doing so. */
export function createReadiness({ checkStore, countCleartext, channels, isStopping }: ReadinessDependencies) {
  return async function answerReady(ctx: Context): Promise<void> {
    if (isStopping()) {
      ctx.status = 503;
      ctx.body = { status: 'stopping' };
      return;
    }
    try {
      await checkStore();
      ctx.body = { status: 'ok', store: 'ok', ...invalidation(), cleartextKeys: await countCleartext() };
    } catch {
      ctx.status = 503;
      ctx.body = { status: 'unavailable', store: 'unavailable', ...invalidation() };
    }
  };

  function invalidation() {
    return { invalidation: Object.fromEntries([...channels].map(([name, isOpen]) => [name, isOpen ? 'ok' : 'lost'])) };
  }
}
