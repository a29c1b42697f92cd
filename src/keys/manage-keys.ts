import type { ApiKey } from './api-key.ts';
import { digestOf, generateKey } from './key-format.ts';
import type { KeyRecord } from './key-record.ts';
import type { ApiKeyStore, NewApiKey } from './key-store.ts';

/** A key that was issued, rotated or revoked. */
export interface KeyChange {
  readonly operation: 'admin/keys/create' | 'admin/keys/rotate' | 'admin/keys/revoke';
  readonly key: KeyRecord;
}

/** Is called for each change after it is made, before the caller gets the result. */
export interface KeyChangeListener {
  /** Makes every instance forget what it knows of the key. */
  notify(keyId: string): Promise<unknown>;
  /** Writes the audit record. */
  record?(change: KeyChange): void;
}

export interface IssuedKey {
  /** The key itself. No other copy of it exists. */
  readonly key: string;
  readonly apiKey: ApiKey;
}

export interface RotationRequest {
  readonly now: Date;
  /** How long the old key stays valid. */
  readonly graceMs: number;
  /** When the new key expires. By default it lives as long as the old one was issued for. */
  readonly expiresAt?: Date;
  readonly rotatedBy: string;
}

/** The one way in which keys change. Every method throws KeyProblem if the change cannot be made. */
export interface ManageKeys {
  create(request: NewApiKey): Promise<IssuedKey>;
  /** Replaces a key by a new one. */
  rotate(id: string, request: RotationRequest): Promise<IssuedKey>;
  /** Revokes a key immediately. */
  revoke(id: string, now: Date, revokedBy: string): Promise<KeyRecord>;
}

export function createManageKeys(store: ApiKeyStore, listener: KeyChangeListener): ManageKeys {
  async function tell(operation: KeyChange['operation'], key: KeyRecord): Promise<void> {
    listener.record?.({ operation, key });
    await listener.notify(key.id);
  }

  return {
    async create(request) {
      const key = generateKey();
      const apiKey = await store.insert(request, digestOf(key));
      await tell('admin/keys/create', await store.get(apiKey.id));
      return { key, apiKey };
    },
    async rotate(id, { now, graceMs, expiresAt, rotatedBy }) {
      const old = await store.get(id);
      const rotation = {
        now,
        oldEndsAt: new Date(now.getTime() + graceMs),
        expiresAt: expiresAt ?? endOfSuccessor(old, now),
        rotatedBy,
      };
      const key = generateKey();
      const apiKey = await store.rotate(id, rotation, digestOf(key));
      await tell('admin/keys/rotate', await store.get(id));
      return { key, apiKey };
    },
    async revoke(id, now, revokedBy) {
      const revoked = await store.revoke(id, now, revokedBy);
      await tell('admin/keys/revoke', revoked);
      return revoked;
    },
  };
}

/** The default expiry of the key that replaces another. */
export function endOfSuccessor({ validFrom, expiresAt }: ApiKey, now: Date): Date {
  return new Date(now.getTime() + expiresAt.getTime() - validFrom.getTime());
}
