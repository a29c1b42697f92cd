import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { prepareTables } from '../../src/storage/migrate.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import { ofServer } from '../support/service/stores.ts';

const MEGABYTE = 1_000_000;
/** In each half of a flood. What is kept of one client's would be some hundred megabytes. */
const REQUESTS = 4_000;
/** What garbage and pages that are not given back make of it. */
const MOST_GROWTH = 60 * MEGABYTE;
const KEY = 'the-key-of-the-flood';

interface Asked {
  readonly method: string;
  readonly uri: string;
  readonly key?: string;
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const idOf = (at: number) => `9b7a2f60-0d5c-4d5a-8f1e-${at.toString(16).padStart(12, '0')}`;
const run = (at: number) => `/api/deployments/${idOf(at)}/create_flow_run`;

/** What a client could send to have ever more of it kept, by number. */
const floods: Readonly<Record<string, (at: number) => Asked>> = {
  'objects that are looked up, with large answers': (at) => ({ method: 'DELETE', uri: `/api/deployments/${idOf(at)}` }),
  'objects of long names': (at) => ({ method: 'DELETE', uri: `/api/work_pools/${'%D0%B6'.repeat(1_000)}${at}` }),
  documents: (at) => graphql(`{ flow_number_${at} } # ${'ж'.repeat(3_500)}`),
  'long documents': (at) => graphql(`{ flow_number_${at} } # ${'x'.repeat(100_000)}`),
  'names in variables': (at) =>
    graphql('mutation { create_flow }', {
      input: { [`name${at}${'x'.repeat(150)}`]: 1, [`other${at}`]: 'x'.repeat(500) },
    }),
  'unknown keys': (at) => ({ method: 'GET', uri: '/api/flows/filter', key: `unknown-${at}-${'x'.repeat(400)}` }),
  'addresses of unknown keys': (at) => ({
    method: 'GET',
    uri: '/api/flows/filter',
    key: `unknown-${at}`,
    address: `2001:db8:${(at >> 8).toString(16)}:${(at & 255).toString(16)}::1`,
  }),
  'paths that are refused': (at) => ({ method: 'GET', uri: `/api/flows/${at}/${'x'.repeat(7_000)}` }),
  'request ids and agents': (at) => ({
    method: 'GET',
    uri: '/api/nothing',
    headers: { 'X-Request-Id': `${at}${'x'.repeat(60)}`, 'User-Agent': `${at}${'x'.repeat(8_000)}` },
  }),
  'bodies of a megabyte': (at) => ({
    method: 'POST',
    uri: run(at),
    body: JSON.stringify({ parameters: { at, x: 'x'.repeat(MEGABYTE) } }),
  }),
  'bodies of a megabyte that are refused': (at) => ({
    method: 'POST',
    uri: '/api/flow_runs/',
    body: `{"x": "${'x'.repeat(MEGABYTE)}", "at": ${at}`,
  }),
};
/** Those are as much in fewer. */
const FEWER: Readonly<Record<string, number>> = {
  'bodies of a megabyte': 10,
  'bodies of a megabyte that are refused': 10,
  'long documents': 2,
};

function graphql(query: string, variables?: unknown): Asked {
  return { method: 'POST', uri: '/graphql', body: JSON.stringify({ query, variables }) };
}

for (const [what, toAsked] of Object.entries(floods)) {
  test.serial(`the memory levels off while it is flooded with ${what}`, async (t) => {
    const service = await startFlooded(t);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    t.teardown(() => agent.destroy());
    const count = Math.ceil(REQUESTS / (FEWER[what] ?? 1));
    const flood = async (from: number) => {
      let at = from;
      const askOn = async () => {
        while (at < from + count) await send(service, agent, toAsked(at++));
      };
      await Promise.all(Array.from({ length: 16 }, askOn));
      return residentBytes(service.pid);
    };
    await flood(0);
    const halfway = Math.max(await flood(count), await flood(2 * count));
    const end = Math.min(await flood(3 * count), await flood(4 * count));
    t.log(`${Math.round(halfway / MEGABYTE)} MB, then ${Math.round(end / MEGABYTE)} MB`);
    t.true(end - halfway < MOST_GROWTH, `${halfway} bytes, then ${end}`);
    t.true(end < 450 * MEGABYTE, `${end} bytes`);
  });
}

async function startFlooded(t: ExecutionContext): Promise<ServiceProcess> {
  const prefect = createServer(({ url }, response) => {
    const id = url?.split('/').at(-1);
    response.end(JSON.stringify({ id, name: `n ${id}`, flow_id: id, description: 'x'.repeat(300_000) }));
  });
  await new Promise<void>((resolve) => prefect.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void prefect.close().closeAllConnections());
  const database = ofServer('PostgreSQL', await startPostgres());
  t.teardown(() => database.stop());
  const store = await database.open();
  await prepareTables(store.sequelize);
  await store.close();
  await database.sql(`INSERT INTO prefect_api_keys (key_id, user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by)
    SELECT 'flood', 'flood', 'query/flow*, mutation/create_*, */*[deployment=none/*]', 'sha256:' || encode(sha256(convert_to('${KEY}', 'UTF8')), 'hex'),
    '2026-01-01', '2036-01-01', '2026-01-01', '2026-01-01', 'sql', 'sql'`);
  const settings = {
    ...database.settings,
    LOG_LEVEL: 'error',
    API_SERVICE_URL: `http://127.0.0.1:${(prefect.address() as AddressInfo).port}`,
  };
  const service = await startServiceProcess(settings, { isOnlyStartRead: true });
  t.teardown(() => service.stop());
  return service;
}

function send(service: ServiceProcess, agent: Agent, asked: Asked): Promise<void> {
  const { method, uri, key = KEY, address = '192.0.2.1', body } = asked;
  const length = body === undefined ? undefined : Buffer.byteLength(body);
  const headers = {
    Authorization: `Bearer ${key}`,
    'X-Original-Method': method,
    'X-Original-URI': uri,
    'X-Real-IP': address,
    ...(length !== undefined && {
      'Content-Type': 'application/json',
      'Content-Length': length,
      'X-Original-Content-Length': `${length}`,
    }),
    ...asked.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${service.url}/auth`,
      { method: body === undefined ? 'GET' : 'POST', agent, headers },
      (answer) => {
        answer.resume().on('end', resolve);
      },
    );
    sent.on('error', reject).end(body);
  });
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
