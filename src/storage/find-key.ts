import { QueryTypes, type Sequelize } from 'sequelize';
import { Fault } from '../faults/fault.ts';
import { within } from '../faults/within.ts';
import type { ApiKey } from '../keys/api-key.ts';
import type { KeySource } from '../keys/key-source.ts';
import type { ApiKeyRow } from './api-key-model.ts';
import { queryByDigest, queryLegacyByDigest, replaceDigests } from './digest-sql.ts';
import { KEYS_TABLE, readLayout } from './layout.ts';
import { toApiKey, toDigest } from './stored-key.ts';

export interface KeyFinderOptions {
  /** Whether rows with a key in clear count (ALLOW_CLEARTEXT_KEYS). */
  readonly isCleartextAllowed: boolean;
  /** Milliseconds after which a database that does not answer is a fault. */
  readonly timeoutMs: number;
}

type FoundRow = ApiKeyRow & { owner_scopes?: string | null };

const KEYS_AND_BOUNDS = `
  SELECT k.key_id, k.user_id, k.scopes, k.api_key, k.key_issu_dt, k.key_expr_dt, k.revoked_dt, a.scopes AS owner_scopes
  FROM ${KEYS_TABLE} k LEFT JOIN prefect_accounts a ON a.user_id = k.user_id`;

/** All columns, whatever they are: if the table is migrated meanwhile, its rows show it. */
const LEGACY_ROWS = `SELECT * FROM ${KEYS_TABLE}`;

/** Finds keys by one query on the index of `api_key`, in a table with or without the columns that `migrate` adds. */
export function createKeyFinder(sequelize: Sequelize, options: KeyFinderOptions): KeySource {
  const currentQuery = options.isCleartextAllowed
    ? queryByDigest(sequelize, KEYS_AND_BOUNDS)
    : `${KEYS_AND_BOUNDS} WHERE api_key IN (:stored)`;
  const legacyQuery = options.isCleartextAllowed
    ? queryLegacyByDigest(sequelize, LEGACY_ROWS)
    : `${LEGACY_ROWS} WHERE api_key IN (:stored)`;
  let query: string | undefined;

  async function chooseQuery(): Promise<string> {
    const layout = await readLayout(sequelize);
    if (layout === 'none') throw new Fault(`The database has no table ${KEYS_TABLE}: run prefect-auth migrate.`);
    return layout === 'current' ? currentQuery : legacyQuery;
  }

  async function readRows(digest: string): Promise<FoundRow[]> {
    query ??= await chooseQuery();
    // Replacements and not bind parameters: a bind is several messages, which the embedded database's socket
    // would mix with those of another process.
    const replacements = replaceDigests([digest]);
    const rows = await sequelize.query<FoundRow>(query, { replacements, type: QueryTypes.SELECT });
    if (query !== legacyQuery || !rows.some((row) => 'key_id' in row)) return rows;
    query = await chooseQuery();
    return query === legacyQuery ? rows : readRows(digest);
  }

  return {
    async find(digest) {
      const rows = await within(options.timeoutMs, () => readRows(digest));
      // Compared exactly: the database may ignore case, and a stored digest is not a key.
      const [row, ...others] = rows.filter((each) => toDigest(each.api_key) === digest);
      // A key in clear that is in two rows has two owners: it is refused.
      if (row === undefined || others.length > 0) return undefined;
      // Older tables allow NULL: a key without an owner or without scopes is refused too.
      return row.user_id === null || row.scopes === null ? undefined : { key: toApiKey(row) };
    },
  };
}

/** Reads these keys from a migrated table. @returns those that are there, by digest */
export async function readKeys(sequelize: Sequelize, ids: readonly string[]): Promise<Map<string, ApiKey>> {
  if (ids.length === 0) return new Map();
  const query = `${KEYS_AND_BOUNDS} WHERE k.key_id IN (:ids)`;
  const rows = await sequelize.query<FoundRow>(query, { replacements: { ids: [...ids] }, type: QueryTypes.SELECT });
  return new Map(rows.map((row) => [toDigest(row.api_key), toApiKey(row)]));
}
