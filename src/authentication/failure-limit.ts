import { LRUCache } from 'lru-cache';
import { type Denial, deny } from '../authorization/denial.ts';
import { toClientNetwork } from '../key-cache/client-network.ts';
import type { Clock } from '../time/clock.ts';

/** Counts the unknown keys that come from an address, and tells its clients to slow down. It never refuses a known key. */
export interface FailureLimit {
  /** Counts one that was looked up in vain. @returns the refusal if there were too many before */
  count(address: string): Denial | undefined;
}

const MOST_ADDRESSES = 10_000;

/**
 * @param points unknown keys that are tolerated within `seconds`
 * @param clock a clock that is never set back
 */
export function createFailureLimit(points: number, seconds: number, clock: Clock = performance): FailureLimit {
  const times = { ttl: seconds * 1000, ttlResolution: 0, perf: clock };
  const failures = new LRUCache<string, { count: number }>({ max: MOST_ADDRESSES, ...times });
  return {
    count(address) {
      const network = toClientNetwork(address);
      const known = failures.get(network);
      if (known === undefined) failures.set(network, { count: 1 });
      else if (known.count >= points) return refuse(failures.getRemainingTTL(network));
      else known.count++;
      return undefined;
    },
  };
}

function refuse(milliseconds: number): Denial {
  const retryAfter = Math.max(1, Math.ceil(milliseconds / 1000));
  return { ...deny('too_many_failures', describe(retryAfter)), retryAfter };
}

function describe(seconds: number): string {
  return `This API key is not known here, and too many unknown ones came from this address. Check it, and try again in ${seconds} seconds.`;
}
