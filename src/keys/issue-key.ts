import type { ApiKey } from './api-key.ts';
import { digestOf, generateKey } from './key-format.ts';
import type { ApiKeyStore, NewApiKey } from './key-store.ts';

/** @returns the key, which exists nowhere else from here on, and what the store keeps of it */
export async function issueKey(store: ApiKeyStore, request: NewApiKey): Promise<{ key: string; apiKey: ApiKey }> {
  const key = generateKey();
  return { key, apiKey: await store.insert(request, digestOf(key)) };
}

export interface RotationRequest {
  readonly now: Date;
  /** How long the old key goes on. */
  readonly graceMs: number;
  /** When the new key ends; where it is not said, as long after now as the old one was given. */
  readonly expiresAt?: Date;
  readonly rotatedBy: string;
}

/** When the key that takes the place of another ends, where nobody says. */
export function endOfSuccessor({ validFrom, expiresAt }: ApiKey, now: Date): Date {
  return new Date(now.getTime() + expiresAt.getTime() - validFrom.getTime());
}

/** @returns the key that takes the place of another, as issueKey does */
export async function rotateKey(
  store: ApiKeyStore,
  id: string,
  { now, graceMs, expiresAt, rotatedBy }: RotationRequest,
): Promise<{ key: string; apiKey: ApiKey }> {
  const old = await store.get(id);
  const rotation = {
    now,
    oldEndsAt: new Date(now.getTime() + graceMs),
    expiresAt: expiresAt ?? endOfSuccessor(old, now),
    rotatedBy,
  };
  const key = generateKey();
  return { key, apiKey: await store.rotate(id, rotation, digestOf(key)) };
}
