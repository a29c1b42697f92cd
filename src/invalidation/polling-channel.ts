import type { Sequelize } from 'sequelize';
import { inTime } from '../faults/in-time.ts';
import type { ChangeListener, InvalidationChannel, KnownKey } from '../key-cache/invalidation-channel.ts';
import { readLayout } from '../storage/layout.ts';
import { createChangedRows } from './changed-rows.ts';
import { type KeptOpen, keepOpen, type OpenConnection } from './keep-open.ts';

const TIMEOUT_MS = 1_000;
/** How many of the keys in use one look compares with the table. */
const COMPARED = 1_000;
/** The pause between two looks, as a part of the bound: a look takes time as well. */
const PAUSE = 0.8;
const NO_SUCH_TABLE = 1146;

/**
 * Asks the database at intervals what was changed: for MySQL, which sends no notifications, and the embedded database.
 * @param boundMs within which a change is noticed
 */
export function createPollingChannel(
  sequelize: Sequelize,
  boundMs: number,
  onFault: (error: unknown) => void,
): InvalidationChannel {
  const rows = createChangedRows(sequelize);
  let isAsking = false;
  let kept: KeptOpen | undefined;

  /** One question at a time: if the database hangs, unanswered questions would otherwise take up all connections. */
  async function ask<Result>(question: () => Promise<Result>): Promise<Result> {
    if (isAsking) throw new Error('The database does not answer.');
    isAsking = true;
    const answer = question().finally(() => {
      isAsking = false;
    });
    return inTime(TIMEOUT_MS, answer);
  }

  async function connect(listener: ChangeListener): Promise<OpenConnection> {
    await ask(() => refuseOlderTable(sequelize));
    const look = createLook(rows, listener);
    return { check: () => ask(look), close: async () => {} };
  }

  return {
    name: 'poll',
    listen(listener) {
      kept = keepOpen(() => connect(listener), listener, onFault, PAUSE * boundMs);
    },
    async publish(change) {
      // The embedded database has one instance, which already knows of the change.
      if (sequelize.getDialect() !== 'mysql') return;
      const sql = 'REPLACE INTO prefect_auth_changes (changed, last_updatd_dt) VALUES (:change, :now)';
      try {
        await inTime(TIMEOUT_MS, sequelize.query(sql, { replacements: { change, now: new Date() } }));
      } catch (error) {
        // Until there is such a table, no channel opens, and every instance looks its keys up again and again.
        if ((error as { original?: { errno?: number } }).original?.errno !== NO_SUCH_TABLE) throw error;
      }
    },
    close: async () => kept?.close(),
  };
}

/** Each look at the database notifies the listener of what was changed since the look before. */
function createLook(rows: ReturnType<typeof createChangedRows>, listener: ChangeListener): () => Promise<void> {
  let seen: ReadonlySet<string> | undefined;
  let inUse: KnownKey[] = [];

  /** Not every change leaves a date, so the keys in use are compared with the table: a part of them at each look. */
  function nextInUse(): KnownKey[] {
    if (inUse.length === 0) inUse = listener.known();
    return inUse.splice(-COMPARED);
  }

  return async function look() {
    const latest = await rows.readLatest();
    const before = seen;
    const changes = before === undefined ? [] : latest.filter(({ mark }) => !before.has(mark));
    seen = new Set(latest.map(({ mark }) => mark));
    for (const { change } of changes) listener.changed(change);
    for (const digest of await rows.readOutdated(nextInUse())) listener.changed(digest);
  };
}

/** In an older table a key can be changed without a date, so that polling could miss it. */
async function refuseOlderTable(sequelize: Sequelize): Promise<void> {
  if ((await readLayout(sequelize)) === 'current') return;
  throw new Error('The table of keys does not tell of changes yet: run prefect-auth migrate.');
}
