import type { FoundKey, KeySource } from '../keys/key-source.ts';
import type { Clock } from '../time/clock.ts';

/** For how long a database that failed is not asked again while there is another one. */
const PAUSE_MS = 5_000;

/**
 * Looks keys up on a read replica while the database itself does not answer. Not before: a replica may lag behind, and
 * give back a key that was just revoked; what it says is provisional.
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
