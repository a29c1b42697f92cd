import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import manifest from '../../package.json' with { type: 'json' };
import { baseEnvironment, runProgram, startProgram } from '../support/process/child-process.ts';

const project = resolve(import.meta.dirname, '../..');

/** A real `npm start`, with npm and a shell between the test and the service. Stops whatever is left of it afterwards. */
async function startWithNpm(t: ExecutionContext, until: RegExp) {
  const home = await mkdtemp(join(tmpdir(), 'prefect-auth-npm-'));
  const env = { ...baseEnvironment(home), HOST: '127.0.0.1', PORT: '0', DATA_DIR: join(home, 'data') };
  const program = startProgram('npm', ['start'], { env, cwd: project });
  t.teardown(async () => {
    program.signal('SIGKILL');
    await program.exited;
    await rm(home, { recursive: true, force: true });
  });
  while (!until.test(program.output())) {
    t.false(program.hasExited(), program.output());
    await delay(50);
  }
  return program;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test.serial(`${signal} to npm start, and to npm alone, ends the service`, async (t) => {
    const npm = await startWithNpm(t, /listens on http:\S+:\d+/);
    const port = Number(/listens on http:\S+:(\d+)/.exec(npm.output())?.[1]);
    t.true(await isListening(port));
    process.kill(Number(npm.pid), signal);
    const ended = await Promise.race([npm.exited.then(() => true), delay(20_000, false, { ref: false })]);
    t.true(ended, 'npm and everything that it started has closed its output');
    t.false(await isListening(port));
    t.notRegex(npm.output(), /npm error/);
  });
}

test.serial('SIGTERM to npm start ends it before the service has started, too', async (t) => {
  const npm = await startWithNpm(t, /src\/process\/compile\.ts/);
  process.kill(Number(npm.pid), 'SIGTERM');
  t.true(await Promise.race([npm.exited.then(() => true), delay(20_000, false, { ref: false })]), npm.output());
  t.notRegex(npm.output(), /listens on/);
});

const tooOld = ['18.20.8', '20.20.2', '22.23.3', '24.2.0', '24.0.0'];
const newEnough = ['24.3.0', '24.21.0', '25.0.0', '100.1.0'];

/** What require-node.cjs does in a Node that says it is of another version. */
function runAs(version: string) {
  const script = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require('./src/process/require-node.cjs')`;
  return runProgram(process.execPath, ['-e', script], { env: baseEnvironment('/'), cwd: project });
}

test('a Node that cannot run the service is told so, with the one that is needed', async (t) => {
  for (const version of tooOld) {
    const { status, output } = await runAs(version);
    t.is(status, 1, version);
    t.regex(output, new RegExp(`needs Node 24\\.3 or newer; this is Node ${version.replaceAll('.', '\\.')} `));
    t.regex(output, /npm ci --include=dev/);
  }
  for (const version of newEnough) t.deepEqual(await runAs(version), { status: 0, output: '' }, version);
});

test('every npm script that begins with Node asks for the Node that is needed, before anything else', (t) => {
  const scripts = Object.entries(manifest.scripts).filter(([, script]) => /(?:^|=\S+ )(?:exec )?node /.test(script));
  t.deepEqual(scripts.map(([name]) => name).sort(), [
    'bench',
    'coverage',
    'demo',
    'prefect-auth',
    'prestart',
    'pretest',
    'start',
  ]);
  for (const [name, script] of scripts) t.regex(script, /node (?:-r \.\/)?src\/process\/require-node\.cjs/, name);
});
