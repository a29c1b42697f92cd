import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findProgram, requirePrograms } from '../support/install/install.ts';
import { programs } from '../support/install/programs.ts';
import { baseEnvironment, runProgram } from '../support/process/child-process.ts';
import { runCli } from '../support/process/run-cli.ts';

/** What is typed before the Tab, and how the line goes on. */
const lines = {
  'prefect-auth ke': 'prefect-auth keys',
  'prefect-auth keys ro': 'prefect-auth keys rotate',
  'prefect-auth keys rotate 3f9a --gr': 'prefect-auth keys rotate 3f9a --grace',
  'prefect-auth keys create --user alice --not': 'prefect-auth keys create --user alice --not-before',
  'prefect-auth completion z': 'prefect-auth completion zsh',
  'prefect-auth keys import leg': 'prefect-auth keys import legacy.csv',
  'prefect-auth nonsense --gr': 'prefect-auth nonsense --gr',
};

let home: string;

test.before(async () => {
  requirePrograms(...programs.zsh, ...programs.fish);
  home = await mkdtemp(join(tmpdir(), 'prefect-auth-shells-'));
  await writeFile(join(home, 'legacy.csv'), '');
  // fish reads no completions for what is no command.
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'bin', 'prefect-auth'), '#!/bin/sh\n', { mode: 0o755 });
});

test.after.always(() => rm(home, { recursive: true, force: true }));

async function install(shell: string, folder: string, name: string): Promise<void> {
  await mkdir(join(home, folder), { recursive: true });
  await writeFile(join(home, folder, name), (await runCli({}, ['completion', shell])).stdout);
}

async function run(shell: string, args: readonly string[]): Promise<string> {
  const base = baseEnvironment(home);
  const env = { ...base, PATH: `${join(home, 'bin')}:${base.PATH}` };
  const { output, status } = await runProgram(findProgram(shell) ?? '', args, { env, cwd: home });
  if (status !== 0) throw new Error(`${shell} failed:\n${output}`);
  return output;
}

test('fish completes commands, options, choices and files', async (t) => {
  await install('fish', '.config/fish/completions', 'prefect-auth.fish');
  for (const [typed, whole] of Object.entries(lines)) {
    const before = typed.slice(0, typed.lastIndexOf(' ') + 1);
    const found = (await run('fish', ['-c', 'complete -C $argv[1]', typed])).split('\n').filter(Boolean);
    t.deepEqual(
      found.map((word) => before + word.split('\t')[0]),
      whole === typed ? [] : [whole],
      typed,
    );
  }
});

/** An interactive zsh on a terminal of its own, into which each line is typed; Ctrl-X notes what stands there then. */
const TYPE = `
zmodload zsh/zpty
zpty terminal 'TERM=dumb zsh -f -i'
zpty -w terminal 'PROMPT=; fpath=($HOME/functions $fpath); autoload -Uz compinit; compinit -u -D'
zpty -w terminal 'note() { print -r -- "$BUFFER" >>$HOME/completed; BUFFER= }; zle -N note; bindkey "^X" note; print IS""READY'
zpty -r terminal output '*ISREADY*'
for line; do
  zpty -w -n terminal "$line"$'\t\x18'
  (( count++ ))
  until [[ -f $HOME/completed && $(wc -l <$HOME/completed) -ge $count ]]; do sleep 0.05; done
done
zpty -d terminal
`;

test('zsh completes commands, options, choices and files', async (t) => {
  await install('zsh', 'functions', '_prefect-auth');
  await run('zsh', ['-f', '-c', TYPE, 'zsh', ...Object.keys(lines)]);
  const completed = (await readFile(join(home, 'completed'), 'utf8')).trimEnd().split('\n');
  t.deepEqual(
    completed.map((line) => line.trimEnd()),
    Object.values(lines),
  );
});
