/** A key that is used: whoever keeps it in memory keeps with it when its use was last noted, which spares a second table of keys. */
export interface UsedKey {
  readonly id: string;
  /** Whole seconds since the epoch. */
  notedAt?: number;
}
