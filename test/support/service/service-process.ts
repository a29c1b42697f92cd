import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { baseEnvironment, runProgram } from '../process/child-process.ts';
import { type NodeScript, readNodeScript } from '../process/node-script.ts';
import { createFileOutput, createPipedOutput } from './service-output.ts';

const readyWithinMs = 60_000;

export interface ServiceProcess {
  readonly pid: number;
  readonly port: number;
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly url: string;
  /** What it printed: the last million bytes, or some more. */
  output(): string;
  hasExited(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code once it is gone, null where a signal ended it. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

interface ServiceProcessOptions {
  /** CPUs as taskset takes them; any of them when not given. */
  readonly cpus?: string;
  /** Another program than the service, which prints `http://…:<port>` as the service does. */
  readonly program?: string;
  /** Hears what it prints, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Whether only the start of what it prints is read, and the rest is written into a file. */
  readonly isOnlyStartRead?: boolean;
}

/** The service as `npm start` runs it, in a process of its own on a free loopback port. */
export async function startServiceProcess(
  environment: Readonly<Record<string, string>> = {},
  { cpus, program, onOutput, isOnlyStartRead = false }: ServiceProcessOptions = {},
): Promise<ServiceProcess> {
  const home = await mkdtemp(join(tmpdir(), 'prefect-auth-service-'));
  const start = await prepareStart();
  const settings = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: join(home, 'data'), ...environment };
  const env = { ...baseEnvironment(home), ...start.env, ...settings };
  const run = [process.execPath, ...start.args.slice(0, -1), program ?? start.args.at(-1) ?? ''];
  const [command = '', ...args] = [...(cpus === undefined ? [] : ['taskset', '-c', cpus]), ...run];
  const printed = isOnlyStartRead ? createFileOutput(join(home, 'output')) : createPipedOutput();
  const child = spawn(command, args, { cwd: start.cwd, env, stdio: ['ignore', printed.stdio, printed.stdio] });
  printed.follow(child);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null || onOutput === undefined) continue;
    createInterface({ input: stream }).on('line', (line) => onOutput(`${line}\n`));
  }
  const killWithTests = () => child.kill('SIGKILL');
  process.once('exit', killWithTests);
  const exited = once(child, 'close').then(async ([code]) => {
    process.removeListener('exit', killWithTests);
    printed.close();
    await rm(home, { recursive: true, force: true });
    return code as number | null;
  });
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const port = await waitForPort(printed.read, hasExited);
  if (port === undefined || child.pid === undefined) {
    await stop();
    throw new Error(`The service did not start:\n${printed.read()}`);
  }
  const address = `127.0.0.1:${port}`;
  return {
    pid: child.pid,
    port,
    address,
    url: `http://${address}`,
    output: printed.read,
    hasExited,
    kill: (signal) => void child.kill(signal),
    exited,
    stop,
  };
}

let prepared: Promise<NodeScript> | undefined;

/** `npm start`, after what npm runs before it; once is enough while this process goes on. */
function prepareStart(): Promise<NodeScript> {
  prepared ??= (async () => {
    const { args, cwd, env } = readNodeScript('prestart');
    const { status, output } = await runProgram(process.execPath, args, {
      env: { ...baseEnvironment(cwd), ...env },
      cwd,
    });
    if (status !== 0) throw new Error(`npm run prestart failed:\n${output}`);
    return readNodeScript('start');
  })();
  return prepared;
}

async function waitForPort(output: () => string, hasExited: () => boolean): Promise<number | undefined> {
  const deadline = Date.now() + readyWithinMs;
  while (!hasExited() && Date.now() < deadline) {
    const [, port] = /listens on http:\/\/\S+:(\d+)/.exec(output()) ?? [];
    if (port !== undefined) return Number(port);
    await sleep(20);
  }
  return undefined;
}
