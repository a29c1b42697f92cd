import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startDemo } from '../demo/start-demo.ts';
import { installPrefect, startPrefect } from '../support/servers/prefect.ts';
import { readAuditTrail } from './audit-trail.ts';
import { createPrefectClient, customHeaders } from './prefect-client.ts';

/** The connections a client opens, as ./flows/connections.py names them, and the operations they are. */
const sockets = {
  '/events/in': 'mutation/stream_events_in',
  '/events/out': 'query/stream_workspace_events_out',
  '/logs/out': 'query/stream_logs_out',
  '/task_runs/subscriptions/scheduled': 'mutation/scheduled_task_subscription',
  '/work_pools/.../workers/connect': 'mutation/worker_channel_connect',
} as const;
type Socket = keyof typeof sockets;
type Connection = 'HTTP' | Socket;

const inPrefect2: readonly Connection[] = ['HTTP', '/events/in', '/events/out', '/task_runs/subscriptions/scheduled'];
const all: readonly Connection[] = ['HTTP', ...(Object.keys(sockets) as Socket[])];

/** The settings that Prefect's documentation names, for a key and the gate's address. */
const settings: Readonly<Record<string, (key: string, host: string) => Record<string, string>>> = {
  PREFECT_CLIENT_CUSTOM_HEADERS: (key) => customHeaders(key),
  'credentials in PREFECT_API_URL': (key, host) => ({ PREFECT_API_URL: `https://alice:${key}@${host}/api` }),
  PREFECT_API_AUTH_STRING: (key) => ({ PREFECT_API_AUTH_STRING: `alice:${key}` }),
  PREFECT_API_KEY: (key) => ({ PREFECT_API_KEY: key }),
  'PREFECT_API_AUTH_STRING and credentials in PREFECT_API_URL': (key, host) => ({
    PREFECT_API_AUTH_STRING: `alice:${key}`,
    PREFECT_API_URL: `https://alice:${key}@${host}/api`,
  }),
};

/** By version of Prefect: what it has, and with which setting it sends the key. docs/clients.md has the same table. */
const versions = {
  '3': {
    server: {},
    connections: all,
    open: {
      PREFECT_CLIENT_CUSTOM_HEADERS: all,
      'credentials in PREFECT_API_URL': all,
      PREFECT_API_AUTH_STRING: ['HTTP', '/events/in'],
      PREFECT_API_KEY: ['HTTP'],
      // It sends two Authorization headers on /events/in, which nginx refuses.
      'PREFECT_API_AUTH_STRING and credentials in PREFECT_API_URL': all.filter((name) => name !== '/events/in'),
    },
  },
  '2.20': {
    // Without it the server answers its event sockets with 500.
    server: { PREFECT_EXPERIMENTAL_EVENTS: 'true' },
    connections: inPrefect2,
    open: {
      PREFECT_CLIENT_CUSTOM_HEADERS: [],
      'credentials in PREFECT_API_URL': inPrefect2,
      PREFECT_API_AUTH_STRING: [],
      PREFECT_API_KEY: ['HTTP'],
    },
  },
} as const satisfies Record<
  string,
  { server: Record<string, string>; connections: readonly Connection[]; open: Record<string, readonly Connection[]> }
>;

for (const [version, { server, connections, open }] of Object.entries(versions)) {
  test.serial(`with which settings Prefect ${version} sends its key, over HTTP and in each handshake`, async (t) => {
    t.timeout(600_000);
    const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-e2e-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const prefect = await installPrefect(version);
    const upstream = () => startPrefect(prefect, join(folder, 'prefect'), server);
    const demo = await startDemo({ folder, upstream });
    t.teardown(demo.stop);

    for (const [name, expected] of Object.entries<readonly Connection[]>(open)) {
      const set = settings[name]?.(demo.ownerKey, new URL(demo.url).host) ?? {};
      const client = await createPrefectClient(prefect, join(folder, 'client'), demo.nginx, set);
      const refusedBefore = readRefusals(demo.service.output()).length;
      const { status, output } = await client.run('connections.py');
      t.is(status, 0, output);
      const outcomes: Record<string, string> = JSON.parse(output.trim().split('\n').at(-1) ?? '');
      t.deepEqual(Object.keys(outcomes).sort(), [...connections].sort());
      const opened = connections.filter((connection) => outcomes[connection] === 'open');
      t.deepEqual(
        opened,
        connections.filter((connection) => expected.includes(connection)),
        `${name}\n${output}`,
      );
      if (name !== 'PREFECT_API_KEY') continue;
      const refused = readRefusals(demo.service.output()).slice(refusedBefore);
      const silent = connections.filter((connection): connection is Socket => connection !== 'HTTP');
      t.deepEqual(
        refused.map(({ operations: [operation], reason }) => `${operation} ${reason}`).sort(),
        silent.map((socket) => `${sockets[socket]} missing_credential`).sort(),
        'each refused handshake leaves one line',
      );
    }
  });
}

function readRefusals(output: string) {
  return readAuditTrail(output).filter(({ outcome }) => outcome === 'deny');
}
