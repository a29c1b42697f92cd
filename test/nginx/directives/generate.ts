import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../support/process/child-process.ts';
import { requireNginx } from '../../support/servers/nginx-program.ts';

export interface Directive {
  readonly levels: readonly Level[];
  /** Arguments with which nginx takes it there. */
  readonly takes: readonly string[];
}

type Level = 'http' | 'server' | 'location';

const nginx = requireNginx();

/** Tried in this order: where one of a list is taken, the next tells no more. */
const FREE_TEXT = ['x', '$http_x', '/dev/null'];
const WORDS = ['on', 'off', 'any', 'all', 'none', 'GET', '0', '1', '100', '1k', '1m', '1s', '1d', '127.0.0.1'];
const PAIRS = [
  'x x',
  '4 4k',
  '1 1',
  '401 /dev/null',
  '$x x',
  'x 1',
  '/dev/null 1',
  '^ /dev/null',
  '200 x',
  'x $http_x',
  'unix: x',
  '-1 1s',
];

export async function readDirectives(): Promise<Record<string, Directive>> {
  const directives: Record<string, Directive> = {};
  for (const name of readWords()) {
    const directive = await readDirective(name);
    if (directive !== undefined) directives[name] = directive;
  }
  return directives;
}

export function readVersion(): string {
  return (
    /nginx\/([\d.]+)/.exec(execFileSync('sh', ['-c', `${nginx.command} -v 2>&1`], { encoding: 'utf8' }))?.[1] ?? ''
  );
}

async function readDirective(name: string): Promise<Directive | undefined> {
  if (/unknown directive/.test(await tryAt('server', `${name};`))) return undefined;
  const levels: Level[] = [];
  for (const level of ['http', 'server', 'location'] as const) {
    if (!/is not allowed here/.test(await tryAt(level, `${name};`))) levels.push(level);
  }
  const around = levels.find((level) => level !== 'location');
  if (around === undefined) return undefined;
  const taken = async (values: readonly string[]) => {
    const answers = await Promise.all(values.map((value) => tryAt(around, `${name} ${value};`)));
    return values.filter((_, at) => answers[at] === '');
  };
  for (const values of [FREE_TEXT, WORDS, PAIRS]) {
    const takes = await taken(values);
    if (takes.length > 0) return { levels, takes };
  }
  return { levels, takes: [] };
}

/** Words of the program that could be a directive's name. */
function readWords(): string[] {
  const words = readFileSync(nginx.binary, 'latin1').match(/[a-z][a-z0-9_]{1,60}(?=\0)/g) ?? [];
  return [...new Set(words)].sort();
}

/** @returns what nginx has against it, or nothing */
async function tryAt(level: Level, line: string): Promise<string> {
  const at = (each: Level) => (each === level ? line : '');
  // A folder for each: what one makes there, such as a log, another would find. The location is a proxy, as ours are.
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-directives-'));
  const path = join(folder, 'nginx.conf');
  writeFileSync(
    path,
    `error_log /dev/null; pid ${folder}/pid; events { } http { access_log off; ${at('http')}
    server { listen unix:${folder}/socket; ${at('server')} location / { proxy_pass $http_x; ${at('location')} } } }`,
  );
  const words = ['-t', '-q', '-p', folder, '-e', '/dev/null', '-c', path];
  const { status, output } = await runProgram(nginx.command, words, { env: {} });
  rmSync(folder, { recursive: true });
  return status === 0 ? '' : output || 'refused';
}

/**
 * Writes `<version>.json`: every directive of the installed nginx that can stand around a location, and some of what it takes.
 * nginx itself is asked: each word in its program is tried as a directive, at each level, with each of a few arguments.
 *
 *     npx node test/nginx/directives/generate.ts                  # Debian's
 *     NGINX=newest npx node test/nginx/directives/generate.ts     # the newest
 */
if (import.meta.main) {
  const directives = await readDirectives();
  const lines = Object.entries(directives).map(([name, directive]) => `  "${name}": ${JSON.stringify(directive)}`);
  writeFileSync(join(import.meta.dirname, `${readVersion()}.json`), `{\n${lines.join(',\n')}\n}\n`);
}
