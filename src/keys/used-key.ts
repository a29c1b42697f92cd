/** A key that is used. It is kept in memory together with the time of its last recorded use, which saves a second table. */
export interface UsedKey {
  readonly id: string;
  /** Whole seconds since the epoch. */
  notedAt?: number;
}
