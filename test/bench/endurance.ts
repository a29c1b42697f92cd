import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../support/process/free-port.ts';
import { startAnswering } from '../support/servers/answering.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { serverBefore } from '../support/servers/nginx-before.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import { ofServer, type TestDatabase } from '../support/service/stores.ts';
import { allCpus } from './cpus.ts';
import { type EnduranceKeys, issueEnduranceKeys, toMixedRequests } from './endurance-requests.ts';
import type { Figure } from './figure.ts';
import { type LoadState, type MixedLoad, startMixedLoad } from './mixed-load.ts';
import { judgeAnswers } from './verdicts.ts';

const INSTANCES = 3;
/** How often keys are revoked: in peace, and while the database, Redis and an instance have just failed. */
const REVOCATIONS = 5;
/** For how long a server that failed is away, and for how long its return may still show. */
const AWAY_MS = 1_500;
const RETURN_MS = 2_000;
/** For so long the refusal of a revoked key is watched before anything else happens. */
const WATCHED_MS = 2_000;
/** nginx passes an instance over for a second after it has refused a connection (fail_timeout). */
const ROLLED_MS = 1_200;

interface Deployment {
  readonly database: TestDatabase;
  readonly redis: RedisServer;
  readonly instances: ServiceProcess[];
  readonly load: MixedLoad;
  readonly keys: EnduranceKeys;
  readonly state: LoadState;
  start(port: number): Promise<ServiceProcess>;
}

/** Three instances behind one nginx, asked all the time what must be allowed and refused, while servers fail and keys die. */
export async function measureEndurance(requests: number): Promise<Figure[]> {
  const database = ofServer('PostgreSQL', await startPostgres());
  const redis = await startRedis();
  const prefect = await startAnswering();
  const keys = await issueEnduranceKeys(database, REVOCATIONS);
  // Of unknown keys there are more than from any address that is not an attacker's.
  const environment = { ...database.settings, REDIS_URL: redis.url, FAILURE_LIMIT: '1000000000', LOG_LEVEL: 'error' };
  const start = (port: number) => startServiceProcess({ ...environment, PORT: `${port}` }, { cpus: allCpus });
  const ports = await Promise.all(Array.from({ length: INSTANCES }, findFreePort));
  const instances = await Promise.all(ports.map(start));
  const files = serverBefore(ports.map((port) => `127.0.0.1:${port}`));
  const nginx = await startNginx({ auth: '127.0.0.1:1', prefect: prefect.address, files });
  const load = await startMixedLoad(nginx.url, toMixedRequests(keys));
  const state: LoadState = { phase: 'steady', revoked: [] };
  try {
    await act({ database, redis, instances, load, keys, state, start }, requests);
    const { answers, lost, seconds } = await load.stop();
    const verdicts = judgeAnswers(answers);
    const details = { ...verdicts, unanswered: lost, seconds, answers };
    const what = `${verdicts.requests} requests, servers failing and restarted meanwhile`;
    return [
      { what: `${what}: wrong answers`, unit: 'answers', value: verdicts.wrong + lost, atMost: 0, details },
      { what: '… lost by the rolling restart', unit: 'answers', value: verdicts.lostByRolling + lost, atMost: 0 },
      { what: '… told to come again (503) while a server was away', unit: 'answers', value: verdicts.faults },
      { what: '… requests per second', unit: '1/s', value: verdicts.requests / seconds },
    ];
  } finally {
    await load.stop().catch(() => {});
    await Promise.all([nginx, prefect, ...instances].map((each) => each.stop()));
    await Promise.all([database.stop(), redis.stop()]);
  }
}

/** What happens, spread evenly over the requests. */
async function act(deployment: Deployment, requests: number): Promise<void> {
  const { load } = deployment;
  const events = [revoke, failDatabase, failRedis, killInstance, roll, revoke];
  for (const [index, happen] of events.entries()) {
    await load.reached((requests * (index + 1)) / (events.length + 1));
    await happen(deployment);
  }
  await load.reached(requests);
}

/** By plain SQL, the next group of keys. */
async function revoke({ database, load, keys, state }: Deployment): Promise<void> {
  const ids = keys.revoked[state.revoked.length]?.map(({ id }) => `'${id}'`) ?? [];
  const revocation: { announced: number; done?: number } = { announced: Date.now() };
  state.revoked.push(revocation);
  await load.announce(state);
  await database.sql(`UPDATE prefect_api_keys SET revoked_dt = now() WHERE key_id IN (${ids.join(', ')})`);
  revocation.done = Date.now();
  await load.announce(state);
  await delay(WATCHED_MS);
}

async function during(deployment: Deployment, phase: string, work: () => Promise<void>): Promise<void> {
  const { load, state } = deployment;
  state.phase = phase;
  await load.announce(state);
  await work();
  state.phase = 'steady';
  await load.announce(state);
}

async function failDatabase(deployment: Deployment): Promise<void> {
  const { server } = deployment.database;
  await during(deployment, 'database', async () => {
    await server?.kill();
    await delay(AWAY_MS);
    await server?.restart();
    await revoke(deployment);
  });
}

async function failRedis(deployment: Deployment): Promise<void> {
  await during(deployment, 'redis', async () => {
    await deployment.redis.kill();
    await revoke(deployment);
    await deployment.redis.restart();
    await delay(RETURN_MS);
  });
}

async function killInstance(deployment: Deployment): Promise<void> {
  await during(deployment, 'kill', async () => {
    const [first] = deployment.instances;
    first?.kill('SIGKILL');
    await first?.exited;
    await replace(deployment, 0);
    await revoke(deployment);
  });
}

/** One instance after the other stops as it should, and another takes its port. */
async function roll(deployment: Deployment): Promise<void> {
  await during(deployment, 'rolling', async () => {
    for (const [index, instance] of deployment.instances.entries()) {
      await instance.stop();
      await replace(deployment, index);
    }
  });
}

async function replace({ instances, start }: Deployment, index: number): Promise<void> {
  const port = instances[index]?.port ?? 0;
  instances[index] = await start(port);
  await delay(ROLLED_MS);
}
