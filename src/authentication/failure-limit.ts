import { isIPv4, isIPv6 } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Denial, deny } from '../denial.ts';

/** Counts the unknown keys that come from an address, so that nobody can try keys at leisure or keep the store busy. */
export interface FailureLimit {
  /** The refusal of an address that has brought too many; undefined for all others. */
  check(address: string): Promise<Denial | undefined>;
  count(address: string): Promise<void>;
}

/** @param points unknown keys that are tolerated within `seconds` */
export function createFailureLimit(points: number, seconds: number): FailureLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return {
    async check(address) {
      const state = await limiter.get(toBucket(address));
      if (state === null || state.consumedPoints < points) return undefined;
      const retryAfter = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
      return { ...deny('too_many_failures', describe(retryAfter)), retryAfter };
    },
    async count(address) {
      await limiter.penalty(toBucket(address));
    },
  };
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
