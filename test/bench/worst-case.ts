import { request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import { PROCESS_SETTLED_MS } from '../support/timing.ts';
import { INSPECTED } from './collect-garbage.ts';
import { median } from './compare.ts';
import { serviceCpu } from './cpus.ts';
import { type EventLoop, watchEventLoop } from './event-loop.ts';
import type { Figure } from './figure.ts';
import { secretOf, startFilledPostgres } from './filled-database.ts';
import { prepareLoad, runLoad } from './load.ts';
import { asQuestion, restRead } from './requests.ts';
import { type WorstRequest, worstRequests } from './worst-requests.ts';

export interface WorstCaseOptions {
  /** How often each request is sent to see how long it holds the loop. */
  readonly times: number;
  /** For which eight clients send each of them beside others. */
  readonly seconds: number;
  /** Each of them, or every second one, ... */
  readonly every: number;
}

const ATTACKERS = 8;
/** As in latency.ts: a little more than a thousand plain requests per second. */
const OTHERS = { connections: 10, pauseMs: 9 };
const KEYS = { 'a key that may': ['*', secretOf(1)], 'a key that may not': ['query/nothing', secretOf(2)] } as const;

/** How long the dearest requests hold the event loop, and how long others wait while eight clients send nothing else. */
export async function measureWorstCase(options: WorstCaseOptions): Promise<Figure[]> {
  const database = await startFilledPostgres(2);
  for (const [scopes, secret] of Object.values(KEYS)) {
    const number = Number(secret.slice(-1));
    await database.sql(`UPDATE prefect_api_keys SET scopes = '${scopes}' WHERE key_id = '000000000000000${number}'`);
  }
  const environment = { ...database.settings, ...INSPECTED, LOG_LEVEL: 'error' };
  const service = await startServiceProcess(environment, { cpus: serviceCpu, isOnlyStartRead: true });
  try {
    await delay(PROCESS_SETTLED_MS);
    for (const [, secret] of Object.values(KEYS)) await runLoad({ ...plainLoad(service, secret), seconds: 3 });
    const loop = await watchEventLoop(service);
    const holds = await measureHolds(service, loop, options);
    await loop.close();
    return [...holds, ...(await measureOthers(service, options))];
  } finally {
    await service.stop();
    await database.stop();
  }
}

async function measureHolds(
  service: ServiceProcess,
  loop: EventLoop,
  { times, every }: WorstCaseOptions,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [whose, [, secret]] of Object.entries(KEYS)) {
    for (const worst of sampleOf(secret, every)) {
      const holds: number[] = [];
      for (let time = 0; time < times; time++) {
        await loop.longestHold();
        const status = await send(service, worst);
        holds.push(await loop.longestHold());
        if (status >= 500) throw new Error(`${worst.what} was answered ${status}.`);
      }
      // The machine and the garbage collector hold the loop as well, now and then: what a request does, it does every time.
      const what = `the loop held, ${whose}: ${worst.what}`;
      figures.push({ what, unit: 'ms', value: median(holds), atMost: 25, details: holds });
    }
  }
  return figures;
}

async function measureOthers(service: ServiceProcess, { seconds, every }: WorstCaseOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [whose, [, secret]] of Object.entries(KEYS)) {
    const plain: WorstRequest = { what: 'plain requests', ...toQuestion(secret) };
    for (const worst of [plain, ...sampleOf(secret, every)]) {
      const attack = { url: `${service.url}/auth`, ...worst, connections: ATTACKERS };
      const attackers = await prepareLoad({ ...attack, seconds: seconds + 1 });
      const others = await prepareLoad({ ...plainLoad(service, secretOf(1)), ...OTHERS, seconds });
      attackers.begin();
      others.begin();
      const { milliseconds } = await others.finish();
      await attackers.finish();
      const what = `p99 of others beside eight clients with ${whose}: ${worst.what}`;
      figures.push({ what, unit: 'ms', value: milliseconds.p99, atMost: 10, details: milliseconds });
    }
  }
  return figures;
}

function sampleOf(secret: string, every: number): WorstRequest[] {
  return worstRequests(secret).filter((_, at) => at % every === 0);
}

function toQuestion(secret: string) {
  const { method, headers } = asQuestion(restRead(secret));
  return { method, headers };
}

function plainLoad(service: ServiceProcess, secret: string) {
  return { url: `${service.url}/auth`, ...toQuestion(secret) };
}

/** fetch refuses some of these headers. */
function send({ url }: ServiceProcess, { method, headers, body }: WorstRequest): Promise<number> {
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${url}/auth`, { method, headers: { ...headers, ...length } }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject).end(body);
  });
}
