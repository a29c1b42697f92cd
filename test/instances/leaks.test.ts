import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { generateKey } from '../../src/keys/key-format.ts';
import { exchange } from '../nginx/exchange.ts';
import { startRecorder } from '../nginx/recorder.ts';
import { findInFiles, readProcessLists } from '../support/find-in-files.ts';
import { runCli } from '../support/process/run-cli.ts';
import type { DatabaseServer } from '../support/servers/database-server.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';
import { logStatements, postgresLog } from '../support/servers/statement-log.ts';
import { startServiceProcess } from '../support/service/service-process.ts';

const IN_CLEAR = 'Key-in-clear-001';

/** Everything that Redis is asked from now on. */
async function monitor(t: ExecutionContext, { url }: RedisServer): Promise<() => string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1');
  t.teardown(() => void socket.destroy());
  let seen = '';
  socket.on('data', (text) => {
    seen += text;
  });
  socket.write('MONITOR\r\n');
  await once(socket, 'data');
  return () => seen;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A key, and what it looks like in the headers that carry it. */
const formsOf = (key: string) => [key, base64(key), base64(`alice:${key}`), base64(`${key}:`)];

/** Each way to present a key, right and wrong, on each kind of request. */
function requestsWith(key: string) {
  const ways = [
    `Authorization: Bearer ${key}`,
    `Authorization: Basic ${base64(`alice:${key}`)}`,
    `Authorization: Basic ${base64(key)}`,
    `Authorization: Basic ${base64(`${key}:`)}`,
    `X-Prefect-User-Id: ${key}`,
  ];
  // A key in clear may be any word: where it is said as something else, nobody knows it for a key.
  const note = key === IN_CLEAR ? 'a word' : key;
  const graphql = JSON.stringify({ query: 'mutation { create_flow_run(input: {}) { id } }', variables: { note } });
  return ways.flatMap((way) => [
    { target: '/api/admin/version', headers: [way] },
    { target: '/api/flows/', method: 'POST', headers: [way, 'Content-Type: application/json'], body: '{"name": "f"}' },
    { target: '/api/block_documents/filter', method: 'POST', headers: [way], body: '{"include_secrets": true}' },
    { target: '/graphql', method: 'POST', headers: [way, 'Content-Type: application/json'], body: graphql },
    { target: '/api/../etc', headers: [way] },
    { target: '/', headers: [way] },
    {
      target: '/api/events/in',
      headers: [way, 'Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    },
  ]);
}

const headersThatNginxRefuses = (key: string) => [
  [`Authorization: Bearer ${key}`, `Authorization: Bearer ${key}`],
  [`Authorization : Bearer ${key}`],
  [`X_Prefect_User_Id: ${key}`],
  [`Authorization: Bearer ${key}${'x'.repeat(9_000)}`],
];

async function insertInClear(server: DatabaseServer): Promise<void> {
  await server.query(`INSERT INTO prefect_api_keys
    (user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by) VALUES
    ('old', 'query/*', '${IN_CLEAR}', '2026-01-01', '2036-01-01', '2026-01-01', '2026-01-01', 'sql', 'sql')`);
}

async function folderOf(server: DatabaseServer): Promise<string> {
  const sql =
    server.type === 'mysql' ? 'SELECT @@datadir AS folder' : "SELECT current_setting('data_directory') AS folder";
  return String((await server.query(sql))[0]?.folder);
}

async function activityOf(server: DatabaseServer): Promise<string> {
  const sql =
    server.type === 'mysql' ? 'SELECT info FROM information_schema.processlist' : 'SELECT query FROM pg_stat_activity';
  return JSON.stringify(await server.query(sql));
}

for (const [name, startDatabase] of [
  ['PostgreSQL', () => startPostgres({ settings: postgresLog })],
  ['MariaDB', () => startMariadb()],
] as const) {
  test(`nothing that a full run leaves holds a presented key: ${name}`, async (t) => {
    const server = await startDatabase();
    t.teardown(() => server.stop());
    const redis = await startRedis();
    t.teardown(() => redis.stop());
    const cli = async (words: string[], input = '') => {
      const result = await runCli({ ...server.settings, REDIS_URL: redis.url }, words, { input });
      t.is(result.status, 0, result.stderr);
      return result.stdout;
    };
    await cli(['migrate', '--yes']);
    await insertInClear(server);
    const statements = await logStatements(server);
    const commands = await monitor(t, redis);
    const create = async (...words: string[]) =>
      JSON.parse(await cli(['keys', 'create', '--user', 'alice', '--json', ...words])) as { id: string; key: string };
    const good = await create('--role', 'owner');
    const admin = await create('--scopes', '*, admin/*');
    const narrow = await create('--scopes', 'query/read_flows');
    const revoked = await create('--role', 'viewer');
    await cli(['keys', 'revoke', '--key-file', '-'], revoked.key);
    const service = await startServiceProcess({ ...server.settings, REDIS_URL: redis.url, LOG_LEVEL: 'debug' });
    t.teardown(() => service.stop());
    const prefect = await startRecorder(() => ({ status: 200, body: '{}' }));
    t.teardown(() => prefect.stop());
    const upstreams = { auth: service.address, prefect: prefect.address };
    const nginx = await startNginx({ ...upstreams, errorLogLevel: 'info' });
    t.teardown(() => nginx.stop());
    // At `info` nginx writes the headers that it refuses, as the documentation says.
    const usual = await startNginx(upstreams);
    t.teardown(() => usual.stop());

    const unknown = generateKey();
    const mistyped = generateKey().slice(0, -1);
    const presented = [good, admin, narrow, revoked].map(({ key }) => key).concat(unknown, mistyped, IN_CLEAR);
    const statuses: Record<string, number> = {};
    let answers = '';
    for (const key of presented) {
      for (const request of requestsWith(key)) {
        const { status, headers, body } = await exchange(nginx.httpsPort, request);
        answers += `${JSON.stringify([...headers])}${body}\n`;
        statuses[key] ??= status;
      }
      for (const headers of headersThatNginxRefuses(key)) {
        const { body } = await exchange(usual.httpsPort, { target: '/api/admin/version', headers });
        answers += `${body}\n`;
      }
      const evicted = await fetch(`${service.url}/cache/${key}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${admin.key}` },
      });
      answers += await evicted.text();
    }
    for (const key of presented) {
      const isValid = ![revoked.key, unknown, mistyped].includes(key);
      t.is(statuses[key], isValid ? 200 : 401, key);
    }
    await cli(['keys', 'show', '--key-file', '-'], IN_CLEAR);
    t.true(answers.includes('belongs into the password'));
    const processes = readProcessLists();
    const activity = await activityOf(server);
    await cli(['migrate', '--yes']);
    await cli(['keys', 'show', '--key-file', '-'], IN_CLEAR);

    const places: Record<string, string> = {
      'what was answered': answers,
      'what the service printed': service.output(),
      "nginx's logs": nginx.log() + usual.log(),
      'what Prefect was sent': JSON.stringify(prefect.arrivals.map(({ headers, target }) => ({ headers, target }))),
      'the statement log': await statements.read(),
      'what the database is doing': activity,
      'what Redis was asked': commands(),
      'the process list': processes,
    };
    t.true(
      places['the statement log']?.includes('prefect_api_keys') && places['what Redis was asked']?.includes('epoch'),
    );
    t.true(places["nginx's logs"]?.includes('[info]'));
    t.true(readFileSync('/proc/self/cmdline', 'latin1').length > 0 && processes.includes('src/main.ts'));
    for (const [place, text] of Object.entries(places)) {
      for (const form of presented.flatMap(formsOf)) t.false(text.includes(form), `${form} in ${place}`);
    }
    // The rows in clear were in the table's own files; nothing else is.
    const issued = presented.filter((key) => key !== IN_CLEAR);
    t.deepEqual(findInFiles(await folderOf(server), issued.flatMap(formsOf)), []);
  });
}
