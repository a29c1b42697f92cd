import type { ApiKey } from '../keys/api-key.ts';

/** What has changed: the id or the digest of a key, or EVERYTHING. */
export type Change = string;

export const EVERYTHING: Change = '*';

export interface KnownKey {
  readonly digest: string;
  readonly key: ApiKey;
}

export interface ChangeListener {
  /** The keys of which changes matter. */
  known(): KnownKey[];
  changed(change: Change): void;
  /** From here on word of every change arrives. What happened before may have been missed. */
  opened(): void;
  /** Changes may be missed from here on. */
  lost(): void;
}

/** Carries word of changed keys to every instance. It looks after its connection itself, and opens again when it can. */
export interface InvalidationChannel {
  readonly name: string;
  listen(listener: ChangeListener): void;
  /** Tells every other instance; rejects where it cannot. */
  publish(change: Change): Promise<void>;
  close(): Promise<void>;
}
