import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, bearer } from '../support/service/service.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';
import { PROCESS_SETTLED_MS } from '../support/timing.ts';
import { collectGarbage, INSPECTED } from './collect-garbage.ts';
import { serviceCpu } from './cpus.ts';
import type { Figure } from './figure.ts';
import { secretOf, startFilledPostgres } from './filled-database.ts';

const ASKERS = 32;
/**
 * What the operating system says a service holds: before any key, and with all of them cached.
 * @param restMs after which what does not shrink any more counts
 */
export async function measureMemory(keys: number, restMs: number): Promise<Figure[]> {
  const database = await startFilledPostgres(keys);
  const environment = { ...database.settings, ...INSPECTED, LOG_LEVEL: 'error', CACHE_MAX_KEYS: `${keys}` };
  const service = await startServiceProcess(environment, { cpus: serviceCpu });
  const collected = async () => {
    await collectGarbage(service);
    return restingMegabytes(service.pid, restMs);
  };
  try {
    await delay(PROCESS_SETTLED_MS);
    const before = await collected();
    await askForAll(service, keys);
    const withGarbage = await restingMegabytes(service.pid, restMs);
    const after = await collected();
    await expectCached(service, keys);
    const unit = 'MB';
    return [
      { what: `resident memory with ${keys} cached keys`, unit, value: after, atMost: 150 },
      { what: '… and garbage that is not collected yet', unit, value: withGarbage },
      { what: '… before any key', unit, value: before },
    ];
  } finally {
    await service.stop();
    await database.stop();
  }
}

async function askForAll(service: ServiceProcess, keys: number): Promise<void> {
  let number = 0;
  const askOn = async () => {
    while (number < keys) await expectAllowed(service, ++number);
  };
  await Promise.all(Array.from({ length: ASKERS }, askOn));
}

async function expectAllowed(service: ServiceProcess, number: number): Promise<void> {
  const uri = '/api/flow_runs/0192f0c1-7a3e-7c11-a8e1-2f6e1d1f9a55';
  const response = await ask(service.url, { uri, headers: bearer(secretOf(number)) });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${secretOf(number)} was answered ${response.status}.`);
}

/** The store is asked no more, not even about the first key. */
async function expectCached(service: ServiceProcess, keys: number): Promise<void> {
  for (const number of [1, Math.ceil(keys / 2), keys]) await expectAllowed(service, number);
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  const [, asked] = /prefect_auth_key_lookups_total\{origin="store"\} (\d+)/.exec(metrics) ?? [];
  if (Number(asked) !== keys) throw new Error(`The store was asked ${asked} times about ${keys} keys.`);
}

async function restingMegabytes(pid: number, restMs: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let until = performance.now() + restMs;
  while (performance.now() < until) {
    await delay(500);
    const megabytes = residentMegabytes(pid);
    if (megabytes < least - 1) until = performance.now() + restMs;
    least = Math.min(least, megabytes);
  }
  return least;
}

/** Megabytes of 10^6 bytes; the kernel counts in units of 1024. */
function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kilobytes) * 1024) / 1e6;
}
