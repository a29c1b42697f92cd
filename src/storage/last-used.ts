import type { ApiKeyStore } from '../keys/key-store.ts';
import type { UsedKey } from '../keys/used-key.ts';

export interface LastUsedOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called if the store does not accept the times of last use. Only these are lost. */
  readonly onError: (error: unknown) => void;
}

/** Notes when keys were used, off the path of the request: at most every five minutes for each key. */
export interface LastUsed {
  record(key: UsedKey): void;
  /** Writes the notes that wait. */
  flush(): Promise<void>;
  /** Writes the notes that wait, and stops. */
  close(): Promise<void>;
}

const EVERY_SECONDS = 5 * 60;
const FLUSH_MS = 10_000;
const BATCH = 500;

export function createLastUsed(store: Pick<ApiKeyStore, 'markUsed'>, { now, onError }: LastUsedOptions): LastUsed {
  const waiting = new Set<string>();
  const timer = setInterval(flush, FLUSH_MS).unref();

  async function flush(): Promise<void> {
    const ids = [...waiting];
    waiting.clear();
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
    record(key) {
      const time = now() / 1000;
      if (key.notedAt !== undefined && time - key.notedAt < EVERY_SECONDS) return;
      key.notedAt = Math.ceil(time);
      waiting.add(key.id);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
