import type { ApiKey } from './authentication/api-key.ts';
import { digestOf, generateKey } from './authentication/key-format.ts';
import type { ApiKeyStore, NewApiKey } from './storage/api-key-store.ts';

/** @returns the key, which exists nowhere else from here on, and what the store keeps of it */
export async function issueKey(store: ApiKeyStore, request: NewApiKey): Promise<{ key: string; apiKey: ApiKey }> {
  const key = generateKey();
  return { key, apiKey: await store.insert(request, digestOf(key)) };
}
