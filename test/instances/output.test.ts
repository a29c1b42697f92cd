import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { baseEnvironment, runProgram } from '../support/process/child-process.ts';
import { findFreePort } from '../support/process/free-port.ts';
import { ask } from '../support/service/service.ts';

const project = resolve(import.meta.dirname, '../..');

interface Run {
  readonly url: string;
  readonly child: ChildProcess;
}

/** The service, which prints to what it is given, until the test is over. */
async function start(
  t: ExecutionContext,
  stdout: 'pipe' | number,
  wrap = (command: string) => command.split(' '),
): Promise<Run> {
  const home = mkdtempSync(join(tmpdir(), 'prefect-auth-output-'));
  const port = await findFreePort();
  const env = { ...baseEnvironment(home), DATA_DIR: join(home, 'data'), HOST: '127.0.0.1', PORT: `${port}` };
  const [program = '', ...args] = wrap(`${process.execPath} src/main.ts`);
  const child = spawn(program, args, { cwd: project, env, stdio: ['ignore', stdout, 'pipe'], detached: true });
  child.stderr?.on('data', (text) => t.log(String(text)));
  t.teardown(async () => {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(home, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error('The service has ended.');
    await delay(50);
  }
  return { url, child };
}

/** Refused requests, each of which is a line; fails where one of them is not answered soon. */
async function refuse(t: ExecutionContext, url: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const asked = ask(url, { uri: `/api/flows/${'x'.repeat(200)}`, headers: { 'X-Real-IP': '192.0.2.7' } });
    const answer = await Promise.race([asked, delay(5_000)]);
    t.is(answer?.status, 401);
  }
}

interface Readiness {
  readonly output: string;
  readonly linesLost: number;
}

async function readiness(t: ExecutionContext, url: string): Promise<Readiness> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  t.is(answer.status, 200);
  const told = (await answer.json()) as Readiness;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  t.true(metrics.includes(`prefect_auth_lines_lost_total ${told.linesLost}\n`));
  return told;
}

test('a reader that goes away ends nothing, and its lines are counted', async (t) => {
  const { url, child } = await start(t, 'pipe');
  child.stdout?.resume();
  await refuse(t, url, 3);
  t.like(await readiness(t, url), { output: 'ok', linesLost: 0 });
  child.stdout?.destroy();
  await delay(100);
  await refuse(t, url, 20);
  const told = await readiness(t, url);
  t.is(told.output, 'failing');
  t.true(told.linesLost >= 20);
});

test('standard error that nobody reads any more ends nothing either', async (t) => {
  const { url, child } = await start(t, 'pipe');
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.kill('SIGUSR1');
  await refuse(t, url, 5);
  t.is((await readiness(t, url)).output, 'failing');
});

test('a reader that stops holds nothing up, and takes no memory without end', async (t) => {
  const { url, child } = await start(t, 'pipe');
  const requests = Array.from({ length: 20 }, async () => {
    // A method that is refused, with a path that fills its line.
    for (let at = 0; at < 200; at++) await ask(url, { uri: `/api/flows/${'x'.repeat(4_000)}` });
  });
  await Promise.all(requests);
  const told = await readiness(t, url);
  t.is(told.output, 'failing');
  t.true(told.linesLost > 0);
  let read = '';
  child.stdout?.on('data', (text) => {
    read += text;
  });
  while ((await readiness(t, url)).output !== 'ok') {
    await ask(url, {});
    await delay(50);
  }
  t.true(read.length < 4 * 1024 * 1024);
  const lines = read.split('\n').slice(0, -1);
  for (const line of lines.filter((text) => text.startsWith('{'))) t.notThrows(() => JSON.parse(line));
});

test('a device that takes nothing ends nothing', async (t) => {
  const full = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(full));
  const { url } = await start(t, full);
  await refuse(t, url, 10);
  const told = await readiness(t, url);
  t.is(told.output, 'failing');
  // A busy machine makes lines of its own.
  t.true(told.linesLost >= 10);
});

test('a full disk ends nothing, and whole lines follow when there is room again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-full-'));
  const run = (command: string, ...args: string[]) => runProgram(command, args, { env: baseEnvironment('/tmp') });
  const mounted = await run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
  if (mounted.status !== 0) throw new Error(`A disk to fill needs root: ${mounted.output}`);
  t.teardown(async () => {
    await run('umount', '-l', folder);
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'ballast'), 'x'.repeat(40_000));
  const log = openSync(join(folder, 'log'), 'a');
  t.teardown(() => closeSync(log));
  const { url } = await start(t, log);
  await refuse(t, url, 100);
  const told = await readiness(t, url);
  t.is(told.output, 'failing');
  rmSync(join(folder, 'ballast'));
  await refuse(t, url, 3);
  t.like(await readiness(t, url), { output: 'ok', linesLost: told.linesLost });
  const lines = readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(0, -1);
  const whole = lines.filter((line) => line.startsWith('{') && line.endsWith('}'));
  t.true(whole.length + told.linesLost >= 103);
  for (const line of whole) t.notThrows(() => JSON.parse(line));
});

test('a terminal that is held holds nothing up', async (t) => {
  // `script` gives it a terminal, and nobody reads what `script` prints.
  const { url } = await start(t, 'pipe', (program) => ['script', '-qfec', `exec ${program}`, '/dev/null']);
  await refuse(t, url, 600);
  t.is((await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).status, 200);
});
