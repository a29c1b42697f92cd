import type { ApiKey } from './api-key.ts';

/** A key in memory, where there are many: its times are numbers, a third of the size of dates. */
export class CachedKey implements ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly scopes: string;
  readonly ownerScopes?: string;
  readonly #validFrom: number;
  readonly #expiresAt: number;
  readonly #revokedAt: number | undefined;
  /** Until when nobody needs to be asked about it: whole milliseconds of the process's own clock. */
  freshUntil = 0;

  /** @param share gives the same text back for equal texts */
  constructor(key: ApiKey, share: (text: string) => string) {
    this.id = key.id;
    this.userId = key.userId;
    this.scopes = share(key.scopes);
    if (key.ownerScopes !== undefined) this.ownerScopes = share(key.ownerScopes);
    this.#validFrom = key.validFrom.getTime();
    this.#expiresAt = key.expiresAt.getTime();
    this.#revokedAt = key.revokedAt?.getTime();
  }

  isFresh(): boolean {
    return performance.now() < this.freshUntil;
  }

  get validFrom(): Date {
    return new Date(this.#validFrom);
  }

  get expiresAt(): Date {
    return new Date(this.#expiresAt);
  }

  get revokedAt(): Date | undefined {
    return this.#revokedAt === undefined ? undefined : new Date(this.#revokedAt);
  }
}
