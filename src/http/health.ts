import type { Context } from 'koa';
import type { LineHealth } from '../output/sink.ts';

/** The process answers. */
export function answerAlive(ctx: Context): void {
  ctx.body = { status: 'ok' };
}

export interface ReadinessDependencies {
  /** Resolves where the store answers. */
  readonly checkStore: () => Promise<void>;
  /** How many keys the store holds in clear. */
  readonly countCleartext: () => Promise<number>;
  /** How many keys, accounts and roles have denials that do not help. */
  readonly countWorthless: () => Promise<number>;
  /** Whether word of changed keys arrives, by channel. Without it keys are asked for every time, so it is no fault. */
  readonly channels: ReadonlyMap<string, boolean>;
  /** What an operator has to mend; none of it keeps the service from deciding. */
  readonly listWarnings: () => Promise<readonly string[]>;
  readonly isStopping: () => boolean;
  /** What becomes of the lines of the log and the audit trail. Requests are decided without them too. */
  readonly lines: LineHealth;
}

/** Ready to decide, and to go on doing so. */
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
