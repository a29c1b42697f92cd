import type { ApiKeyStore } from './api-key-store.ts';

export interface LastUsedOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told where the store does not take it; the note is lost then, and nothing else. */
  readonly onError: (error: unknown) => void;
}

/** Notes when keys were used, off the path of the request: at most every five minutes for each key. */
export interface LastUsed {
  record(keyId: string): void;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Writes what waits, and stops. */
  close(): Promise<void>;
}

const EVERY_SECONDS = 5 * 60;
const FLUSH_MS = 10_000;
const MOST_KEYS = 100_000;
const BATCH = 500;

export function createLastUsed(store: Pick<ApiKeyStore, 'markUsed'>, { now, onError }: LastUsedOptions): LastUsed {
  /** Whole seconds, a third of the size of milliseconds; in their order. */
  const notedAt = new Map<string, number>();
  let waiting: string[] = [];
  const timer = setInterval(flush, FLUSH_MS).unref();

  function forgetOld(): void {
    const until = now() / 1000 - EVERY_SECONDS;
    for (const [keyId, time] of notedAt) {
      if (time > until && notedAt.size <= MOST_KEYS) return;
      notedAt.delete(keyId);
    }
  }

  async function flush(): Promise<void> {
    const ids = waiting;
    waiting = [];
    forgetOld();
    const time = now();
    try {
      for (let at = 0; at < ids.length; at += BATCH) {
        await store.markUsed(ids.slice(at, at + BATCH), new Date(time), new Date(time - EVERY_SECONDS * 1000));
      }
    } catch (error) {
      onError(error);
    }
  }

  return {
    record(keyId) {
      const time = now() / 1000;
      const noted = notedAt.get(keyId);
      if (noted !== undefined && time - noted < EVERY_SECONDS) return;
      notedAt.delete(keyId);
      notedAt.set(keyId, Math.ceil(time));
      waiting.push(keyId);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
