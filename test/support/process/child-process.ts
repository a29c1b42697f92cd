import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

interface ChildOptions {
  /** The whole environment: nothing of this process's own leaks into what a test starts. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RunningProgram {
  readonly pid: number | undefined;
  /** Everything it has printed so far, both streams. */
  output(): string;
  readonly exited: Promise<void>;
  hasExited(): boolean;
  /** Sends a signal to its whole process group. */
  signal(name: NodeJS.Signals): void;
  /** Asks politely, then takes its whole process group down; resolves when it is gone. */
  stop(): Promise<void>;
}

const stopsWithinMs = 15_000;
const readyWithinMs = 180_000;
const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL');
});
// AVA ends a test file that takes too long with SIGTERM, and people end the benchmark with Ctrl-C: by itself neither is an
// 'exit'.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(status);
  });
}

/** Starts a program in a process group of its own, so that what it starts in turn goes away with it. */
export function startProgram(command: string, args: readonly string[], options: ChildOptions): RunningProgram {
  const { child, output, exited } = launch(command, args, options);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(stopsWithinMs, undefined, { ref: false })]);
    killGroup(child, 'SIGKILL');
    await exited;
  };
  return {
    pid: child.pid,
    output,
    exited,
    hasExited: () => !running.has(child),
    signal: (name) => killGroup(child, name),
    stop,
  };
}

/** Runs a program to its end. `status` is null where a signal ended it. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const { child, output, exited } = launch(command, args, options);
  await exited;
  return { status: child.exitCode, output: output() };
}

/** This process's own variables, for the installers: proxies, certificates and indexes are set there. */
export function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The variables every program needs, and no other: what a test does not set, it does not have. */
export function baseEnvironment(home: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8' };
}

/** Polls until `isReady` says so; a program that ends first, or takes over three minutes, is stopped and an error that shows what it printed. */
export async function waitUntilReady(
  program: RunningProgram,
  isReady: () => Promise<boolean>,
  name: string,
): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!(await isReady().catch(() => false))) {
    if (program.hasExited() || Date.now() > deadline) {
      await program.stop();
      throw new Error(`${name} did not start:\n${program.output()}`);
    }
    await sleep(100);
  }
}

function launch(command: string, args: readonly string[], { env, cwd }: ChildOptions) {
  const child = spawn(command, args, {
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  running.add(child);
  const exited = once(child, 'close')
    .catch((error: Error) => chunks.push(error.message))
    .then(() => void running.delete(child));
  return { child, output: () => chunks.join(''), exited };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
