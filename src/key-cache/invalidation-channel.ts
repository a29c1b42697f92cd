import type { ApiKey } from '../keys/api-key.ts';

/** What has changed: the id or the digest of a key, or EVERYTHING. */
export type Change = string;

export const EVERYTHING: Change = '*';

export interface KnownKey {
  readonly digest: string;
  readonly key: ApiKey;
}

export interface ChangeListener {
  /** The keys that this process knows. Changes of other keys do not matter to it. */
  known(): KnownKey[];
  changed(change: Change): void;
  /** From here on a notification of every change arrives. Earlier changes may have been missed. */
  opened(): void;
  /** Changes may be missed from here on. */
  lost(): void;
}

/** Notifies every instance of changed keys. It looks after its own connection, and reopens it when it can. */
export interface InvalidationChannel {
  readonly name: string;
  listen(listener: ChangeListener): void;
  /** Notifies every other instance; rejects if it cannot. */
  publish(change: Change): Promise<void>;
  close(): Promise<void>;
}
