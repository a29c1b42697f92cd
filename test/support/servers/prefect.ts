import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createVirtualEnvironment } from '../install/python.ts';
import {
  baseEnvironment,
  type RunningProgram,
  runProgram,
  startProgram,
  waitUntilReady,
} from '../process/child-process.ts';
import { findFreePort } from '../process/free-port.ts';

/** Where virtual environments are kept between runs; making one takes half a minute. */
const venvs = resolve(process.env.PREFECT_VENVS ?? `${process.env.DATA_DIR ?? '.data'}/venvs`);
const constraints = resolve(import.meta.dirname, '../install/prefect-constraints.txt');

export interface PrefectInstallation {
  readonly version: string;
  /** A program of the environment: `prefect`, `python`. */
  program(name: string): string;
}

/** Installs the newest Prefect whose version starts with `version` ("3", "2.20", "3.4.25"), once. */
export async function installPrefect(version = '3'): Promise<PrefectInstallation> {
  const folder = `${venvs}/prefect-${version}`;
  const program = (name: string): string => `${folder}/bin/${name}`;
  await createVirtualEnvironment(folder, [`prefect==${version}.*`, '--constraint', constraints]);
  return { version: await readVersion(program('python')), program };
}

export interface PrefectServer {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Everything the server printed, its access log included. */
  output(): string;
  /** What arrived until this call, as `GET /api/flows/` and `WebSocket /api/events/in`, in order, as the access log has it. */
  arrivals(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts `prefect server start` on a free loopback port, with everything it keeps in the folder `home`. */
export async function startPrefect(
  prefect: PrefectInstallation,
  home: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PrefectServer> {
  await mkdir(home, { recursive: true });
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const program = startProgram(
    prefect.program('prefect'),
    ['server', 'start', '--host', '127.0.0.1', '--port', `${port}`],
    { env: { ...prefectEnvironment(home), ...serverSettings, ...settings }, cwd: home },
  );
  const api = settings.PREFECT_SERVER_API_BASE_PATH ?? '/api';
  const isHealthy = async (): Promise<boolean> => (await fetch(`http://${address}${api}/health`)).ok;
  await waitUntilReady(program, isHealthy, 'The Prefect server');
  return { address, output: program.output, arrivals: () => readArrivals(address, program), stop: program.stop };
}

/** The environment of any Prefect program: its own home folder, and nothing sent home. */
export function prefectEnvironment(home: string): Record<string, string> {
  return {
    ...baseEnvironment(home),
    PREFECT_HOME: home,
    PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
    PYTHONUNBUFFERED: '1',
  };
}

const serverSettings = {
  PREFECT_UI_API_URL: '/api',
  // Uvicorn's access log is what shows that a refused request did not arrive.
  PREFECT_SERVER_LOGGING_LEVEL: 'INFO',
  PREFECT_LOGGING_SERVER_LEVEL: 'INFO',
};

const arrival = /"((?:[A-Z]+|WebSocket) \S+?)(?: HTTP\/[\d.]+)?" (?:\[|\d)/g;

/** The log lags behind the requests, so a last request is sent and waited for. */
async function readArrivals(address: string, { output }: RunningProgram): Promise<string[]> {
  const last = `/api/health?last=${randomUUID()}`;
  await fetch(`http://${address}${last}`);
  while (!output().includes(last)) await sleep(20);
  const requests = [...output().matchAll(arrival)].map(([, request]) => request ?? '');
  return requests.filter((request) => !request.startsWith('GET /api/health'));
}

async function readVersion(python: string): Promise<string> {
  const script = 'import importlib.metadata as metadata; print(metadata.version("prefect"))';
  const { output } = await runProgram(python, ['-c', script], { env: baseEnvironment('/') });
  return output.trim();
}
