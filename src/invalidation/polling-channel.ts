import { setTimeout as delay } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';
import { type Change, EVERYTHING, type InvalidationChannel } from '../authentication/invalidation-channel.ts';
import { digestOf } from '../authentication/key-format.ts';
import { readLayout } from '../storage/layout.ts';

interface ChangedRow {
  readonly changed: string;
  readonly at: unknown;
}

const DIGEST_PREFIX = 'sha256:';
/** Clocks of databases, instances and people's own SQL differ by less. */
const OVERLAP_MS = 60_000;
/** More changes at once are told as one. */
const MOST_CHANGES = 500;
/** Rows that were deleted leave no date; counting them all is not cheap. */
const COUNT_EVERY = 10;

/** Asks the database at intervals what was changed: for MySQL, which tells nobody, and the embedded database. */
export function createPollingChannel(
  sequelize: Sequelize,
  intervalMs: number,
  onFault: (error: unknown) => void,
): InvalidationChannel {
  const stopping = new AbortController();
  const { signal } = stopping;
  // The embedded database has one instance, which has heard already.
  const tellsOthers = sequelize.getDialect() === 'mysql';
  let running: Promise<void> | undefined;

  const read = <Row extends object>(sql: string, since: Date) =>
    sequelize.query<Row>(sql, { replacements: { since }, type: QueryTypes.SELECT, useMaster: true });

  /** Rows of accounts and of what operators asked for; a table that `migrate` has not reached has none. */
  async function readRest(since: Date): Promise<ChangedRow[]> {
    const accounts = `SELECT '${EVERYTHING}' AS changed, user_id, last_updatd_dt AS at FROM prefect_accounts
      WHERE last_updatd_dt >= :since LIMIT ${MOST_CHANGES}`;
    const asked = 'SELECT changed, last_updatd_dt AS at FROM prefect_auth_changes WHERE last_updatd_dt >= :since';
    const questions = tellsOthers ? [accounts, asked] : [accounts];
    const results = await Promise.allSettled(questions.map((sql) => read<ChangedRow>(sql, since)));
    return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  }

  async function readChanges(): Promise<ChangedRow[]> {
    const since = new Date(Date.now() - OVERLAP_MS);
    const keys = await read<ChangedRow>(
      `SELECT api_key AS changed, last_updatd_dt AS at FROM prefect_api_keys WHERE last_updatd_dt >= :since
        LIMIT ${MOST_CHANGES}`,
      since,
    );
    const rows = keys.map(({ changed, at }) => ({ changed: toDigest(changed), at }));
    return [
      ...(rows.length < MOST_CHANGES ? rows : [{ changed: EVERYTHING, at: Date.now() }]),
      ...(await readRest(since)),
    ];
  }

  async function countRows(): Promise<number> {
    const [row] = await read<{ rows_found: number | string }>(
      'SELECT COUNT(*) AS rows_found FROM prefect_api_keys',
      new Date(),
    );
    return Number(row?.rows_found);
  }

  return {
    name: 'poll',
    listen(listener) {
      let seen = new Set<string>();
      let rows = 0;
      let isOpen = false;

      async function poll(turn: number): Promise<void> {
        const changes = await readChanges();
        const marks = new Map(changes.map((change) => [JSON.stringify(change), change.changed]));
        for (const [mark, change] of marks) if (isOpen && !seen.has(mark)) listener.changed(change);
        seen = new Set(marks.keys());
        if (turn % COUNT_EVERY !== 0) return;
        const counted = await countRows();
        if (isOpen && counted < rows) listener.changed(EVERYTHING);
        rows = counted;
      }

      async function run(): Promise<void> {
        for (let turn = 0; !signal.aborted; turn++) {
          try {
            if (!isOpen) await refuseOlderTable(sequelize);
            await poll(turn);
            if (!isOpen) listener.opened();
            isOpen = true;
          } catch (error) {
            if (isOpen) listener.lost();
            isOpen = false;
            onFault(error);
          }
          await delay(intervalMs, undefined, { signal, ref: false }).catch(() => {});
        }
      }
      running = run();
    },
    async publish(change) {
      if (!tellsOthers) return;
      await sequelize.query('REPLACE INTO prefect_auth_changes (changed, last_updatd_dt) VALUES (:change, :now)', {
        replacements: { change, now: new Date() },
      });
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

/** Who changes a key in it need not write when, so that what is found cannot be relied on. */
async function refuseOlderTable(sequelize: Sequelize): Promise<void> {
  if ((await readLayout(sequelize)) === 'current') return;
  throw new Error('The table of keys does not tell of changes yet: run prefect-auth migrate.');
}

function toDigest(stored: string): Change {
  return stored.startsWith(DIGEST_PREFIX) ? stored.slice(DIGEST_PREFIX.length) : digestOf(stored);
}
