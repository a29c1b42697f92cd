import type { KeySource } from '../keys/key-source.ts';
import { toClientNetwork } from './client-network.ts';

/** A look-up that waited too long for its turn. Nothing is known of the key; trying again is safe. */
export class CrowdedError extends Error {}

export interface FairSourceOptions {
  /** How many look-ups may run at the same time. */
  readonly slots: number;
  /** How long a look-up may wait for its turn. */
  readonly waitMs: number;
}

type Turn = PromiseWithResolvers<void>;

/**
 * Looks up a bounded number of keys at the same time. Addresses take turns, however much each of them sends: an address that guesses
 * keys delays the others by one look-up. A look-up without an address is of a key that was found before, and does not wait. (The
 * queue is bounded by time, and by the connections of the clients that wait.)
 */
export function createFairSource(source: KeySource, { slots, waitMs }: FairSourceOptions): KeySource {
  /** By address, in the order of their next turns. */
  const waiting = new Map<string, Set<Turn>>();
  let free = slots;

  function leave(client: string, turn: Turn): boolean {
    const turns = waiting.get(client);
    const wasWaiting = turns?.delete(turn) ?? false;
    if (turns?.size === 0) waiting.delete(client);
    return wasWaiting;
  }

  async function waitForTurn(client: string): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const turns = waiting.get(client) ?? new Set();
    waiting.set(client, turns.add(turn));
    const timer = setTimeout(() => leave(client, turn) && turn.reject(new CrowdedError()), waitMs);
    giveTurns();
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  function giveTurns(): void {
    for (const [client, turns] of waiting) {
      if (free === 0) return;
      const [turn] = turns as Set<Turn>;
      waiting.delete(client);
      turns.delete(turn as Turn);
      // It goes behind all other addresses; this loop comes back to it.
      if (turns.size > 0) waiting.set(client, turns);
      free--;
      turn?.resolve();
    }
  }

  /** When one look-up finds that the store does not answer, those that wait need not find out one after the other. */
  function rejectAll(error: unknown): void {
    const turns = [...waiting.values()].flatMap((each) => [...each]);
    waiting.clear();
    for (const turn of turns) turn.reject(error);
  }

  return {
    async find(digest, address) {
      if (address === undefined) return source.find(digest);
      await waitForTurn(toClientNetwork(address));
      try {
        return await source.find(digest);
      } catch (error) {
        rejectAll(error);
        throw error;
      } finally {
        free++;
        giveTurns();
      }
    },
  };
}
