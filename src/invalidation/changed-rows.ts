import { QueryTypes, type Sequelize } from 'sequelize';
import { type Change, EVERYTHING, type KnownKey } from '../key-cache/invalidation-channel.ts';
import { isSameKey } from '../keys/api-key.ts';
import { readKeys } from '../storage/find-key.ts';
import { toDigest } from '../storage/stored-key.ts';

/** What was changed, and a mark that differs if the same row is changed again. */
export interface ChangedRow {
  readonly change: Change;
  readonly mark: string;
}

/** The times that databases, instances and hand-written SQL give differ by less. */
const OVERLAP_MS = 60_000;
/** If there are more changes in one look, all keys count as changed. */
const MOST_CHANGES = 500;

const KEYS = `SELECT api_key, last_updatd_dt AS at FROM prefect_api_keys WHERE last_updatd_dt >= :since LIMIT ${MOST_CHANGES}`;
const ACCOUNTS = 'SELECT user_id, last_updatd_dt AS at FROM prefect_accounts WHERE last_updatd_dt >= :since';
const ACCOUNTS_COUNT = 'SELECT COUNT(*) AS accounts FROM prefect_accounts';
const ASKED = 'SELECT changed, last_updatd_dt AS at FROM prefect_auth_changes WHERE last_updatd_dt >= :since';

/** Asks a database that sends no notifications. Throws if any query fails: a part of the changes cannot be relied on. */
export function createChangedRows(sequelize: Sequelize) {
  const read = <Row extends object>(sql: string, replacements: object) =>
    sequelize.query<Row>(sql, { replacements: { ...replacements }, type: QueryTypes.SELECT });

  return {
    /** Keys and accounts that were changed of late, and evictions that operators asked other instances for. */
    async readLatest(): Promise<ChangedRow[]> {
      const since = new Date(Date.now() - OVERLAP_MS);
      const keys = await read<{ api_key: string }>(KEYS, { since });
      // One after the other, so that a database that hangs takes up only one connection.
      const accounts = [...(await read(ACCOUNTS, { since })), ...(await read(ACCOUNTS_COUNT, {}))];
      const asked = sequelize.getDialect() === 'mysql' ? await read<{ changed: Change }>(ASKED, { since }) : [];
      return [
        ...keys.map((row) => toChange(toDigest(row.api_key), row)),
        ...(keys.length < MOST_CHANGES ? [] : [toChange(EVERYTHING, { at: Date.now() })]),
        ...accounts.map((row) => toChange(EVERYTHING, row)),
        ...asked.map((row) => toChange(row.changed, row)),
      ];
    },
    /** @returns the digests of the known keys that the table no longer has, or that it has in another form */
    async readOutdated(known: readonly KnownKey[]): Promise<Change[]> {
      const stored = await readKeys(
        sequelize,
        known.map(({ key }) => key.id),
      );
      const isOutdated = ({ digest, key }: KnownKey) => {
        const row = stored.get(digest);
        return row === undefined || !isSameKey(row, key);
      };
      return known.filter(isOutdated).map(({ digest }) => digest);
    },
  };
}

function toChange(change: Change, row: object): ChangedRow {
  return { change, mark: JSON.stringify([change, row]) };
}
