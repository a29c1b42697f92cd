import type { ApiKey } from './api-key.ts';
import type { KeyRecord } from './key-record.ts';
import type { KeySource } from './key-source.ts';

export interface NewApiKey {
  readonly userId: string;
  readonly scopes: string;
  readonly description?: string;
  readonly validFrom: Date;
  readonly expiresAt: Date;
  /** Who issues it, for the `creatd_by` column. */
  readonly issuedBy: string;
}

export interface DigestedKey extends NewApiKey {
  readonly digest: string;
}

export interface Rotation {
  readonly now: Date;
  /** When the old key expires, unless it expires before. */
  readonly oldEndsAt: Date;
  readonly expiresAt: Date;
  readonly rotatedBy: string;
}

export interface KeyFilter {
  readonly userId?: string;
  /** Only keys that are valid still and expire before this time. */
  readonly expiresBefore?: Date;
  /** Only keys that were not used since this time, nor issued. */
  readonly unusedSince?: Date;
  /** Where the page before ended, as it said. */
  readonly after?: string;
  readonly limit: number;
}

/** Keys in the order of users and ids. */
export interface KeyPage {
  readonly keys: readonly KeyRecord[];
  /** Begins the next page; absent on the last. */
  readonly next?: string;
}

/** A text of scopes that holds a denial, and how many keys have it that have not expired. */
export interface ScopesInUse {
  readonly scopes: string;
  readonly keys: number;
}

/** Keeps keys, as digests. Every change throws KeyProblem if it cannot be made. */
export interface ApiKeyStore extends KeySource {
  isEmpty(): Promise<boolean>;
  /** How many rows hold the key itself instead of its digest. */
  countCleartext(): Promise<number>;
  /** The scopes with denials of all keys that have not expired. */
  scopesWithDenials(now: Date): Promise<readonly ScopesInUse[]>;
  list(filter: KeyFilter, now: Date): Promise<KeyPage>;
  /** Throws KeyProblem if no key has that id. */
  get(id: string): Promise<KeyRecord>;
  /** @param digest of the key; the key itself is never stored */
  insert(key: NewApiKey, digest: string): Promise<ApiKey>;
  /** All of them or none; those that are there already, in clear or not, are left as they are. @returns how many were new */
  insertMissing(keys: readonly DigestedKey[]): Promise<number>;
  /** What bounds the keys of a user; undefined if nothing does. */
  ownerScopes(userId: string): Promise<string | undefined>;
  /** Puts a key with the same owner and scopes in its place, once; a second rotation of the same key is a conflict. */
  rotate(id: string, rotation: Rotation, digest: string): Promise<ApiKey>;
  /** Ends a key now. */
  revoke(id: string, now: Date, revokedBy: string): Promise<KeyRecord>;
  /** Notes that keys were used, unless a use after `unless` is noted already. */
  markUsed(ids: readonly string[], now: Date, unless: Date): Promise<void>;
}
