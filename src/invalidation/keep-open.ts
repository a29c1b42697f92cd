import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeListener } from '../key-cache/invalidation-channel.ts';

const BEAT_MS = 500;

/** A connection on which change notifications arrive. */
export interface OpenConnection {
  /** Rejects if the other side does not answer in time. */
  check(): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface KeptOpen {
  close(): Promise<void>;
}

/**
 * Connects, notifies the listener, and checks at every beat whether the other side is there; if it is not, connects anew. A dead
 * connection is noticed within one beat and the time that a check may take, even if it was never closed.
 */
export function keepOpen(
  connect: () => Promise<OpenConnection>,
  listener: ChangeListener,
  onFault: (error: unknown) => void,
  beatMs = BEAT_MS,
): KeptOpen {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function stayOpen(connection: OpenConnection): Promise<void> {
    try {
      await connection.check();
      listener.opened();
      for (;;) {
        await delay(beatMs, undefined, { signal });
        await connection.check();
      }
    } finally {
      listener.lost();
      await connection.close().catch(() => {});
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await stayOpen(await connect());
      } catch (error) {
        if (signal.aborted) return;
        onFault(error);
        await delay(BEAT_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  const running = run();
  return {
    async close() {
      stopping.abort();
      await running;
    },
  };
}
