import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inTime } from '../faults/in-time.ts';
import type { ChangeListener, InvalidationChannel } from '../key-cache/invalidation-channel.ts';
import { type KeptOpen, keepOpen, type OpenConnection } from './keep-open.ts';

/** The triggers in data/postgres/db_init.sql use the same name. */
const CHANNEL = 'prefect_auth_changed';
/** How many triggers there are. */
const TRIGGERS = 4;
const TIMEOUT_MS = 1_000;

/** LISTEN and NOTIFY: from other instances, and from the table's triggers, which fire at every change, plain SQL included. */
export function createPostgresChannel(
  connection: pg.ClientConfig,
  onFault: (error: unknown) => void,
): InvalidationChannel {
  const options = { ...connection, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS, keepAlive: true };
  let kept: KeptOpen | undefined;
  let current: pg.Client | undefined;
  let hasListeners = true;
  const tried = Promise.withResolvers<void>();

  /** Without all of the triggers only a part of the changes would be notified, which cannot be relied on. */
  async function check(client: pg.Client): Promise<string> {
    const triggers = await readTriggers(client);
    hasListeners = triggers !== undefined;
    if (triggers === undefined) {
      throw new Error(
        'Not all of the triggers that tell of changes are there and always enabled: run prefect-auth migrate.',
      );
    }
    return triggers;
  }

  /** If a table was replaced by another, there was no notification of what is in it. */
  async function checkAgain(client: pg.Client, before: string): Promise<void> {
    if ((await check(client)) !== before) throw new Error('The tables of keys were replaced.');
  }

  async function connect(listener: ChangeListener): Promise<OpenConnection> {
    const client = new pg.Client(options);
    // The next check finds the connection gone; an error event without a listener would end the process.
    client.on('error', () => {});
    client.on('notification', ({ channel, payload }) => {
      if (channel === CHANNEL) listener.changed(payload ?? '');
    });
    try {
      await client.connect();
      const triggers = await check(client);
      await client.query(`LISTEN ${CHANNEL}`);
      await refuseDeaf(client, options);
      current = client;
      return {
        check: () => checkAgain(client, triggers),
        async close() {
          current = undefined;
          // Not awaited: a server that hangs would never answer.
          client.end().catch(() => {});
        },
      };
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    } finally {
      tried.resolve();
    }
  }

  return {
    name: 'postgres',
    listen(listener) {
      kept = keepOpen(() => connect(listener), listener, onFault);
    },
    async publish(change) {
      await tried.promise;
      // Other instances find no triggers either, and look their keys up again and again.
      if (!hasListeners) return;
      if (current === undefined) throw new Error('There is no connection to PostgreSQL.');
      await current.query('SELECT pg_notify($1, $2)', [CHANNEL, change]);
    },
    close: async () => kept?.close(),
  };
}

/** A pooler without sessions accepts LISTEN and answers every check, but notifications of other connections never arrive. */
async function refuseDeaf(client: pg.Client, options: pg.ClientConfig): Promise<void> {
  const trial = `prefect_auth_trial_${randomUUID().replaceAll('-', '')}`;
  await client.query(`LISTEN ${trial}`);
  const heard = new Promise<void>((resolve) => {
    client.on('notification', ({ channel }) => channel === trial && resolve());
  });
  const other = new pg.Client(options);
  other.on('error', () => {});
  try {
    await other.connect();
    await other.query(`NOTIFY ${trial}`);
    await inTime(TIMEOUT_MS, heard).catch(() => {
      throw new Error('Nothing is heard of changes: a pooler before the database has to keep sessions.');
    });
  } finally {
    other.end().catch(() => {});
  }
  await client.query(`UNLISTEN ${trial}`);
}

/**
 * Reads the triggers of the tables in use only: another schema may have such tables as well.
 * @returns the ids of the triggers; undefined if one is missing, or does not fire for every change, replication included
 */
async function readTriggers(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ oid: number }>(
    `SELECT oid FROM pg_trigger WHERE tgname LIKE '${CHANNEL}%' AND tgenabled = 'A'
     AND tgrelid IN (to_regclass('prefect_api_keys'), to_regclass('prefect_accounts')) ORDER BY oid`,
  );
  return rows.length === TRIGGERS ? rows.map(({ oid }) => oid).join() : undefined;
}
