import type { ApiKey } from './api-key.ts';

/** A key and its history, as the people who manage keys see it. */
export interface KeyRecord extends ApiKey {
  readonly description: string;
  readonly lastUsedAt?: Date;
  /** The id of the key that replaced it. */
  readonly replacedBy?: string;
  readonly createdAt?: Date;
  readonly createdBy?: string;
  readonly updatedAt?: Date;
  readonly updatedBy?: string;
  /** Whether the table stores the key itself instead of its digest. */
  readonly isCleartext: boolean;
}
