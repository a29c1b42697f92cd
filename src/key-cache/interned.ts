import { LRUCache } from 'lru-cache';
import type { Terms } from '../keys/api-key.ts';

/** Returns one shared instance of equal values, so that values that many keys have in common are kept once. */
export interface Interned {
  text(text: string): string;
  terms(key: Terms): Terms;
}

const MOST_TEXTS = 10_000;
const MOST_TERMS = 10_000;
/** In each of the two caches. */
const MOST_CHARACTERS = 8_000_000;

const BY_LENGTH = { maxSize: MOST_CHARACTERS, sizeCalculation: (_: unknown, text: string) => text.length + 1 };

export function createInterned(): Interned {
  const texts = new LRUCache<string, string>({ max: MOST_TEXTS, ...BY_LENGTH });
  const terms = new LRUCache<string, Terms>({ max: MOST_TERMS, ...BY_LENGTH });

  return {
    text(text) {
      const known = texts.get(text);
      if (known === undefined) texts.set(text, text);
      return known ?? text;
    },
    terms({ scopes, ownerScopes, revokedAt }) {
      const own = { scopes, ownerScopes, revokedAt };
      // Each revoked key has its own time of revocation.
      if (revokedAt !== undefined) return own;
      // As JSON, so that two different pairs never become the same text.
      const text = JSON.stringify([scopes, ownerScopes]);
      const known = terms.get(text);
      if (known === undefined) terms.set(text, own);
      return known ?? own;
    },
  };
}
