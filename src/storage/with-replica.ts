import type { FoundKey, KeySource } from '../keys/key-source.ts';
import type { Clock } from '../time/clock.ts';

/** After the primary has failed, only the replica is asked for this long. */
const PAUSE_MS = 5_000;

/**
 * Looks keys up on a read replica only while the primary does not answer. A replica may lag behind, and return a key that was just
 * revoked: its answers are provisional.
 */
export function withReplica(primary: KeySource, replica: KeySource, clock: Clock = performance): KeySource {
  let askFrom = 0;

  async function findOnReplica(digest: string): Promise<FoundKey | undefined> {
    const found = await replica.find(digest);
    return found && { ...found, isProvisional: true };
  }

  return {
    async find(digest) {
      if (clock.now() < askFrom) return findOnReplica(digest);
      try {
        return await primary.find(digest);
      } catch {
        askFrom = clock.now() + PAUSE_MS;
        return findOnReplica(digest);
      }
    },
  };
}
