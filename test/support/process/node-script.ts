import { resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };

type ScriptName = { [Name in keyof typeof manifest.scripts]: Name }[keyof typeof manifest.scripts];

/** A script of package.json that runs Node: `NAME=value … exec node argument …`. */
export interface NodeScript {
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** What npm has a shell do, without the shell: its process would stand between a test and the program. */
export function readNodeScript(name: ScriptName): NodeScript {
  const words = manifest.scripts[name].split(' ');
  const program = words.indexOf('node');
  const variables = words
    .slice(0, program)
    .filter((word) => word !== 'exec')
    .map((word) => word.split('=') as [string, string]);
  return {
    env: Object.fromEntries(variables),
    args: words.slice(program + 1),
    cwd: resolve(import.meta.dirname, '../../..'),
  };
}
