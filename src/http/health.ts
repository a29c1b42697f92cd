import type { Context } from 'koa';
import type { LineHealth } from '../output/sink.ts';

/** The process answers. */
export function answerAlive(ctx: Context): void {
  ctx.body = { status: 'ok' };
}

export interface ReadinessDependencies {
  /** Resolves if the store answers. */
  readonly checkStore: () => Promise<void>;
  /** How many keys the store has in clear. */
  readonly countCleartext: () => Promise<number>;
  /** How many keys, accounts and roles have denials that do not help. */
  readonly countWorthless: () => Promise<number>;
  /** Whether each channel of change notifications is open. If not, keys are looked up again and again: that is not a fault. */
  readonly channels: ReadonlyMap<string, boolean>;
  /** Problems that an operator has to repair. None keeps the service from deciding. */
  readonly listWarnings: () => Promise<readonly string[]>;
  readonly isStopping: () => boolean;
  /** Whether lines of the log and the audit trail are lost. Requests are decided without them too. */
  readonly lines: LineHealth;
}

/** A service is ready if it can decide, and is not about to stop. */
export function createReadiness(dependencies: ReadinessDependencies) {
  const { checkStore, countCleartext, countWorthless, channels, listWarnings, isStopping, lines } = dependencies;
  return async function answerReady(ctx: Context): Promise<void> {
    if (isStopping()) {
      ctx.status = 503;
      ctx.body = { status: 'stopping' };
      return;
    }
    try {
      await checkStore();
      const [cleartextKeys, worthlessDenials] = await Promise.all([countCleartext(), countWorthless()]);
      const counts = { cleartextKeys, worthlessDenials };
      const told = { ...invalidation(), ...output(), ...counts, warnings: await listWarnings() };
      ctx.body = { status: 'ok', store: 'ok', ...told };
    } catch {
      ctx.status = 503;
      ctx.body = { status: 'unavailable', store: 'unavailable', ...invalidation(), ...output() };
    }
  };

  function output() {
    return { output: lines.isFailing() ? 'failing' : 'ok', linesLost: lines.lost() };
  }

  function invalidation() {
    return { invalidation: Object.fromEntries([...channels].map(([name, isOpen]) => [name, isOpen ? 'ok' : 'lost'])) };
  }
}
