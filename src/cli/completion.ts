import { Argument, Command } from 'commander';
import { print } from './print.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** A command and the words that may come after it. */
interface Completions {
  /** `keys create`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly string[];
}

export function createCompletionCommand(): Command {
  return new Command('completion')
    .description('Print the script by which a shell completes the commands and options.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell, _options: unknown, command: Command) => {
      print(WRITERS[shell](collect(command.parent ?? command, [])));
    });
}

const HELP = `
Examples:
  prefect-auth completion bash >/etc/bash_completion.d/prefect-auth
  prefect-auth completion zsh >"\${fpath[1]}/_prefect-auth"
  prefect-auth completion fish >~/.config/fish/completions/prefect-auth.fish`;

function collect(command: Command, path: readonly string[]): Completions[] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const words = [...command.commands.map((child) => child.name()), ...choices, ...options, '--help'];
  const children = command.commands.flatMap((child) => collect(child, [...path, child.name()]));
  return [{ path: path.join(' '), words }, ...children];
}

const WRITERS: Readonly<Record<Shell, (all: readonly Completions[]) => string>> = {
  bash: (all) => `_prefect_auth() {
  local place="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${place:+$place }$word" in
      ${toPattern(all)}) place="\${place:+$place }$word" ;;
    esac
  done
  local words=""
  case "$place" in
${all.map(({ path, words }) => `    '${path}') words="${words.join(' ')}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _prefect_auth prefect-auth
`,
  zsh: (all) => `#compdef prefect-auth
_prefect_auth() {
  local place="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${place:+$place }$word" in
      ${toPattern(all)}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${all.map(({ path, words }) => `    '${path}') compadd -- ${words.join(' ')} ;;`).join('\n')}
  esac
  [[ "$PREFIX" == -* ]] || _files
}
_prefect_auth "$@"
`,
  fish: (all) => `function __prefect_auth_path
  set -l path ""
  for word in (commandline -opc)[2..]
    switch (string trim -- "$path $word")
      case ${all
        .slice(1)
        .map(({ path }) => `'${path}'`)
        .join(' ')}
        set path (string trim -- "$path $word")
    end
  end
  echo -- $path
end
${all.map(({ path, words }) => `complete -c prefect-auth -n 'test (__prefect_auth_path | string join "") = "${path}"' -a '${words.join(' ')}'`).join('\n')}
`,
};

function toPattern(all: readonly Completions[]): string {
  return all
    .slice(1)
    .map(({ path }) => `'${path}'`)
    .join('|');
}
