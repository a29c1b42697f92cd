import { randomUUID } from 'node:crypto';
import type Keyv from 'keyv';
import { z } from 'zod';
import { inTime } from '../faults/in-time.ts';
import type { ApiKey } from '../keys/api-key.ts';
import type { Clock } from '../time/clock.ts';
import { CALM_MS } from './times.ts';

/** A key that an instance has read, and for how long it may still be kept. */
export interface SharedKey {
  readonly key: ApiKey;
  /** Milliseconds. */
  readonly restMs: number;
}

/** The shared key, if there is one, and the epoch in which it was looked for. */
export interface SharedReading {
  readonly found?: SharedKey;
  /** Absent if what is read next must not be shared. */
  readonly epoch?: string;
}

/**
 * The keys that all instances share, by digest. This is never a fault: a cache that does not answer has no keys. A shared key is
 * valid only in the epoch that was there before the key was read. With every change another epoch begins. A key of an older epoch
 * that is still there, comes back or arrives late is ignored.
 */
export interface SharedKeys {
  find(digest: string): Promise<SharedReading>;
  /** @param epoch what `find` returned before the key was read */
  keep(digest: string, key: ApiKey, epoch: string): Promise<void>;
  /** Begins another epoch. Until that has succeeded, `find` returns no keys to this process. */
  forgetAll(): Promise<void>;
  close(): Promise<void>;
}

export interface SharedKeysObserver {
  /** Called for every fault of the cache behind. */
  failed(error: unknown): void;
  /** Called when it answers and nothing has failed for a while. */
  answered(): void;
}

const EPOCH = 'epoch';
const FOR_EVER = 0;

const date = z.iso.datetime().transform((text) => new Date(text));

const STORED_EPOCH = z.object({ value: z.string() });

/** As JSON keeps it, with its expiry time in milliseconds since 1970. */
const STORED_KEY = z.object({
  value: z.object({
    epoch: z.string(),
    id: z.string(),
    userId: z.string(),
    scopes: z.string(),
    validFrom: date,
    expiresAt: date,
    revokedAt: date.optional(),
    ownerScopes: z.string().optional(),
  }),
  expires: z.number(),
});

export interface SharedKeysOptions {
  /** How long to wait for an answer before the store is asked instead. */
  readonly timeoutMs: number;
  /** Resolves when there is a first connection. */
  readonly connected?: Promise<unknown>;
  /** A clock that is never set back. */
  readonly clock?: Clock;
  /** The clock by which Keyv and the other instances say until when a key is shared. */
  readonly dateClock?: Clock;
}

/** @param keyv its store has to reject if it fails */
export function createSharedKeys(
  keyv: Keyv,
  { timeoutMs, connected = Promise.resolve(), clock = performance, dateClock = Date }: SharedKeysOptions,
  { failed, answered }: SharedKeysObserver,
): SharedKeys {
  let changes = 0;
  let changesPassed = 0;
  let beginning: Promise<void> | undefined;
  let calmFrom = 0;
  keyv.on('error', onFault);

  function onFault(error: unknown): void {
    calmFrom = clock.now() + CALM_MS;
    failed(error);
  }

  async function attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await inTime(timeoutMs, connected.then(work));
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  const isBehind = () => changesPassed < changes;

  /** One epoch covers all changes so far. If more arrive meanwhile, another one begins. */
  async function beginEpoch(): Promise<void> {
    do {
      const told = changes;
      if ((await attempt(() => keyv.set(EPOCH, randomUUID(), FOR_EVER))) !== true) break;
      changesPassed = told;
    } while (isBehind());
    beginning = undefined;
  }

  function catchUp(): Promise<void> {
    beginning ??= beginEpoch();
    return beginning;
  }

  function forgetAll(): Promise<void> {
    changes++;
    return catchUp();
  }

  return {
    async find(digest) {
      if (isBehind()) await catchUp();
      const stored = isBehind()
        ? undefined
        : await attempt(() => Promise.all([keyv.getRaw(EPOCH), keyv.getRaw(digest)]));
      if (stored === undefined) return {};
      if (clock.now() >= calmFrom) answered();
      const epoch = STORED_EPOCH.safeParse(stored[0]).data?.value;
      if (epoch === undefined) {
        await forgetAll();
        return {};
      }
      const found = toSharedKey(stored[1], epoch, dateClock.now());
      return found === undefined ? { epoch } : { found, epoch };
    },
    keep: async (digest, key, epoch) => void (await attempt(() => keyv.set(digest, { ...key, epoch }))),
    forgetAll,
    close: () => keyv.disconnect(),
  };
}

/** Undefined unless it can be read as a key of this epoch. */
function toSharedKey(stored: unknown, current: string, now: number): SharedKey | undefined {
  const { data } = STORED_KEY.safeParse(stored);
  if (data === undefined) return undefined;
  const { epoch, ...key } = data.value;
  const restMs = data.expires - now;
  return epoch === current && restMs > 0 ? { key, restMs } : undefined;
}
