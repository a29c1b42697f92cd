import { literal, type Sequelize, where } from 'sequelize';
import { digestOf } from '../keys/key-format.ts';
import { DIGESTS_FROM, DIGESTS_TO, storedDigest } from './stored-key.ts';

/** SQL for the SHA-256 of a text column in hexadecimal: a statement can find a text without naming it. */
export function sha256Sql(sequelize: Sequelize, column: string): string {
  return sequelize.getDialect() === 'mysql'
    ? `SHA2(CONVERT(${column} USING utf8mb4), 256)`
    : `encode(sha256(convert_to(${column}, 'UTF8')), 'hex')`;
}

/** A condition for WHERE: the column has this text. The statement does not name the text. */
export function hasDigest(sequelize: Sequelize, column: string, text: string) {
  return where(literal(sha256Sql(sequelize, column)), digestOf(text));
}

/**
 * Matches rows that contain a key in clear that a client could present, in a table whose text is ordered by its bytes. Each range
 * has two ends: PostgreSQL then expects few rows and reads the index, even if it has no statistics yet.
 */
const IN_CLEAR = `(api_key >= '' AND api_key < '${DIGESTS_FROM}' OR api_key >= '${DIGESTS_TO}' AND api_key < '\x7f')`;

/**
 * A query for the rows of keys, by their digests (`replaceDigests`). The database hashes the keys that are stored in clear; if
 * there are none, that costs one look at the index.
 */
export function queryByDigest(sequelize: Sequelize, query: string): string {
  const inClear = `${sha256Sql(sequelize, 'api_key')} IN (:digests)`;
  return `${query} WHERE api_key IN (:stored) UNION ALL ${query} WHERE ${IN_CLEAR} AND ${inClear}`;
}

/** The same for a table that is not migrated: it may be ordered by a language, and is small. */
export function queryLegacyByDigest(sequelize: Sequelize, query: string): string {
  return `${query} WHERE api_key IN (:stored) OR ${sha256Sql(sequelize, 'api_key')} IN (:digests)`;
}

export function replaceDigests(digests: readonly string[]) {
  return { stored: digests.map(storedDigest), digests: [...digests] };
}
