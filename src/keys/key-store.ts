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
  /** When the old key expires, unless it expires earlier. */
  readonly oldEndsAt: Date;
  readonly expiresAt: Date;
  readonly rotatedBy: string;
}

export interface KeyFilter {
  readonly userId?: string;
  /** Only keys that are still valid and expire before this time. */
  readonly expiresBefore?: Date;
  /** Only keys that were neither used nor issued since this time. */
  readonly unusedSince?: Date;
  /** The `next` of the previous page. */
  readonly after?: string;
  readonly limit: number;
}

/** Keys in the order of users and ids. */
export interface KeyPage {
  readonly keys: readonly KeyRecord[];
  /** The `after` of the next page; absent on the last page. */
  readonly next?: string;
}

/** A text of scopes with a denial, and how many keys that have not expired have it. */
export interface ScopesInUse {
  readonly scopes: string;
  readonly keys: number;
}

/** Keeps keys, as digests. Every change throws KeyProblem if it cannot be made. */
export interface ApiKeyStore extends KeySource {
  isEmpty(): Promise<boolean>;
  /** How many rows store the key itself instead of its digest. */
  countCleartext(): Promise<number>;
  /** The scopes with denials of all keys that have not expired. */
  scopesWithDenials(now: Date): Promise<readonly ScopesInUse[]>;
  list(filter: KeyFilter, now: Date): Promise<KeyPage>;
  /** Throws KeyProblem if no key has that id. */
  get(id: string): Promise<KeyRecord>;
  /** @param digest of the key; the key itself is never stored */
  insert(key: NewApiKey, digest: string): Promise<ApiKey>;
  /** Inserts all keys or none. Keys that exist already, in clear or not, stay as they are. @returns how many were new */
  insertMissing(keys: readonly DigestedKey[]): Promise<number>;
  /** What bounds the keys of a user; undefined if nothing does. */
  ownerScopes(userId: string): Promise<string | undefined>;
  /** Replaces a key by one with the same owner and scopes. A second rotation of the same key is a conflict. */
  rotate(id: string, rotation: Rotation, digest: string): Promise<ApiKey>;
  /** Revokes a key immediately. */
  revoke(id: string, now: Date, revokedBy: string): Promise<KeyRecord>;
  /** Records that keys were used, unless a use after `unless` is recorded already. */
  markUsed(ids: readonly string[], now: Date, unless: Date): Promise<void>;
}
