import type { ApiKey, Terms } from '../keys/api-key.ts';
import type { Interned } from './interned.ts';

const DAY_MS = 86_400_000;
/** In milliseconds a process would outlive the small numbers within a month. */
const TICK_MS = 10;
/** Of no date; what is counted from it is no time either. */
const NO_DAY = 2 ** 29;

/**
 * A key in memory, where there are many: each of its numbers is small enough to stand in the object itself, and what it has
 * in common with others is kept once.
 */
export class CachedKey implements ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly terms: Terms;
  /** When its use was noted: whole seconds since the epoch. */
  notedAt = 0;
  readonly #validFromDay: number;
  readonly #validFromMs: number;
  readonly #expiresAtDay: number;
  readonly #expiresAtMs: number;
  #freshUntilTick = 0;

  constructor(key: ApiKey, common: Interned) {
    this.id = key.id;
    this.userId = common.text(key.userId);
    this.terms = common.terms(key);
    this.#validFromDay = dayOf(key.validFrom);
    this.#validFromMs = timeOfDay(key.validFrom);
    this.#expiresAtDay = dayOf(key.expiresAt);
    this.#expiresAtMs = timeOfDay(key.expiresAt);
  }

  /** Until when nobody needs to be asked about it: milliseconds of the cache's clock, rounded down to hundredths of a second. */
  get freshUntil(): number {
    return this.#freshUntilTick * TICK_MS;
  }

  set freshUntil(time: number) {
    this.#freshUntilTick = Math.floor(time / TICK_MS);
  }

  isFresh(now: number): boolean {
    return now < this.freshUntil;
  }

  get scopes(): string {
    return this.terms.scopes;
  }

  get ownerScopes(): string | undefined {
    return this.terms.ownerScopes;
  }

  get revokedAt(): Date | undefined {
    return this.terms.revokedAt;
  }

  get validFrom(): Date {
    return new Date(this.#validFromDay * DAY_MS + this.#validFromMs);
  }

  get expiresAt(): Date {
    return new Date(this.#expiresAtDay * DAY_MS + this.#expiresAtMs);
  }
}

function dayOf(date: Date): number {
  const day = Math.floor(date.getTime() / DAY_MS);
  return Number.isNaN(day) ? NO_DAY : day;
}

function timeOfDay(date: Date): number {
  const time = date.getTime();
  return Number.isNaN(time) ? 0 : time - dayOf(date) * DAY_MS;
}
