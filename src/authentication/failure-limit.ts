import { isIPv4, isIPv6 } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Denial, deny, isDenial } from '../denial.ts';

/** Counts the unknown keys that come from an address, so that nobody can try keys at leisure or keep the store busy. */
export interface FailureLimit {
  /**
   * Looks a key up, or refuses where the address has brought too many unknown ones. No more are looked up at once than
   * it may yet bring: the others wait for what becomes of those.
   * @param look a denial is a failure
   */
  attempt<Found extends object>(address: string, look: () => Promise<Found | Denial>): Promise<Found | Denial>;
}

/** Who looks keys up for one address, or waits to. */
interface Attempts {
  present: number;
  underWay: number;
  readonly waiting: PromiseWithResolvers<void>[];
}

/** @param points unknown keys that are tolerated within `seconds` */
export function createFailureLimit(points: number, seconds: number): FailureLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  const attempts = new Map<string, Attempts>();

  /** Waits for its turn, and takes it. @returns the refusal where nobody has one any more */
  async function begin(bucket: string, current: Attempts): Promise<Denial | undefined> {
    for (;;) {
      const state = await limiter.get(bucket);
      const left = points - (state?.consumedPoints ?? 0);
      if (left <= 0) return refuse(state?.msBeforeNext ?? 0);
      if (current.underWay < left) {
        current.underWay++;
        return undefined;
      }
      const turn = Promise.withResolvers<void>();
      current.waiting.push(turn);
      await turn.promise;
    }
  }

  /** Looks up, and gives the turn back. */
  async function count<Found extends object>(
    bucket: string,
    current: Attempts,
    look: () => Promise<Found | Denial>,
  ): Promise<Found | Denial> {
    try {
      const found = await look();
      if (isDenial(found)) await limiter.penalty(bucket);
      return found;
    } catch (error) {
      // Nobody is to wait for a store that does not answer for longer than it takes to know so.
      for (const { reject } of current.waiting.splice(0)) reject(error);
      throw error;
    } finally {
      current.underWay--;
    }
  }

  return {
    async attempt(address, look) {
      const bucket = toBucket(address);
      const current = attempts.get(bucket) ?? { present: 0, underWay: 0, waiting: [] };
      attempts.set(bucket, current);
      current.present++;
      try {
        return (await begin(bucket, current)) ?? (await count(bucket, current, look));
      } finally {
        current.present--;
        if (current.present === 0) attempts.delete(bucket);
        // Whoever has its turn begins, or is refused and gives its turn to the next.
        current.waiting.shift()?.resolve();
      }
    },
  };
}

function refuse(milliseconds: number): Denial {
  const retryAfter = Math.max(1, Math.ceil(milliseconds / 1000));
  return { ...deny('too_many_failures', describe(retryAfter)), retryAfter };
}

function describe(seconds: number): string {
  return `Too many unknown API keys came from this address. Check the key, and try again in ${seconds} seconds.`;
}

/** Whoever has one address of an IPv6 network has all of its /64. What is no address shares one bucket. */
function toBucket(address: string): string {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return 'unreadable';
  const [mapped] = /(?<=^::ffff:)[\d.]+$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const all = tail === undefined ? groups : [...groups, ...Array<string>(8).fill('0')];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
