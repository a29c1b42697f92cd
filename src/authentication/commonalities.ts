import { LRUCache } from 'lru-cache';
import type { ApiKey } from './api-key.ts';

/** What a key lets its owner do, which is the same for many. */
export type Grant = Pick<ApiKey, 'scopes' | 'ownerScopes' | 'revokedAt'>;

/** Gives the same back for equals, so that what many keys have in common is kept once. */
export interface Commonalities {
  text(text: string): string;
  grant(key: Grant): Grant;
}

const MOST_TEXTS = 10_000;
const MOST_GRANTS = 10_000;

export function createCommonalities(): Commonalities {
  const texts = new LRUCache<string, string>({ max: MOST_TEXTS });
  const grants = new LRUCache<string, Grant>({ max: MOST_GRANTS });

  return {
    text(text) {
      const known = texts.get(text);
      if (known === undefined) texts.set(text, text);
      return known ?? text;
    },
    grant({ scopes, ownerScopes, revokedAt }) {
      const grant = { scopes, ownerScopes, revokedAt };
      // When it was revoked is a key's own.
      if (revokedAt !== undefined) return grant;
      // As JSON, so that no scopes of one key read like the scopes and the bound of another.
      const text = JSON.stringify([scopes, ownerScopes]);
      const known = grants.get(text);
      if (known === undefined) grants.set(text, grant);
      return known ?? grant;
    },
  };
}
