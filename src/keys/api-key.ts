import { type Denial, deny } from '../authorization/denial.ts';

/** What a key lets its owner do. Many keys have the same terms. */
export interface Terms {
  /** The text of the `scopes` column. */
  readonly scopes: string;
  readonly revokedAt?: Date | undefined;
  /** The text of the scopes that bound every key of its owner; absent if nothing does. */
  readonly ownerScopes?: string | undefined;
}

/** An API key as the store knows it; the key itself is not among its properties. */
export interface ApiKey extends Terms {
  /** Names the key in logs, headers and commands; reveals nothing about it. */
  readonly id: string;
  readonly userId: string;
  readonly validFrom: Date;
  readonly expiresAt: Date;
  /** Only on a key in memory: keys of the same terms share one object, so that what follows from them is computed once. */
  readonly terms?: Terms;
}

/** Whether all fields are equal. All invalid dates count as equal. */
export function isSameKey(one: ApiKey, other: ApiKey): boolean {
  return toText(one) === toText(other);
}

function toText({ id, userId, scopes, validFrom, expiresAt, revokedAt, ownerScopes }: ApiKey): string {
  return JSON.stringify([id, userId, scopes, validFrom, expiresAt, revokedAt, ownerScopes]);
}

/**
 * A key is valid if it is not revoked and `validFrom <= now < expiresAt`. Every decision checks this. A key with an invalid
 * date is never valid.
 */
export function checkValidity(key: ApiKey, now: number): Denial | undefined {
  if (key.revokedAt !== undefined) {
    return deny('revoked_key', 'This API key was revoked. Ask the people who run this Prefect for another.');
  }
  if (!(key.validFrom.getTime() <= now)) {
    return deny('not_yet_valid_key', 'This API key is not valid yet. Ask the people who run this Prefect for another.');
  }
  if (!(now < key.expiresAt.getTime())) {
    return deny('expired_key', 'This API key has expired. Ask the people who run this Prefect for another.');
  }
  return undefined;
}
