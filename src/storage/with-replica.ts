import type { ApiKey } from '../authentication/api-key.ts';
import type { KeySource, PresentedKey } from '../authentication/key-source.ts';

/** For how long a database that failed is not asked again while there is another one. */
const PAUSE_MS = 5_000;

/**
 * Looks keys up on a read replica while the database itself does not answer. Not before: a replica may lag behind, and
 * give back a key that was just revoked; what it says is provisional.
 */
export function withReplica(primary: KeySource, replica: KeySource): KeySource {
  let askFrom = 0;

  async function findOnReplica(presented: PresentedKey): Promise<ApiKey | undefined> {
    const key = await replica.find(presented);
    return key && { ...key, isProvisional: true };
  }

  return {
    async find(presented) {
      if (performance.now() < askFrom) return findOnReplica(presented);
      try {
        return await primary.find(presented);
      } catch {
        askFrom = performance.now() + PAUSE_MS;
        return findOnReplica(presented);
      }
    },
  };
}
