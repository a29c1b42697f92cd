import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chosenNginx } from '../../support/servers/nginx-program.ts';
import type { Directive } from './generate.ts';
import { isOfAnotherProtocol } from './hostile.ts';

/** Whose directives are known; `generate.ts` writes the list of another. */
const version = { debian: '1.22.1', newest: '1.30.6' }[chosenNginx];
const listed: Readonly<Record<string, Directive>> = JSON.parse(
  readFileSync(join(import.meta.dirname, `${version}.json`), 'utf8'),
);

/** These say where something lies, or hold other directives. */
const isNoSetting = new Set([
  'quic_host_key',
  'listen',
  'include',
  'location',
  'client_body_temp_path',
  'proxy_temp_path',
]);

/** Every directive of nginx that can stand in a server, and acts upon requests to our locations in it. */
export const inheritable: readonly string[] = Object.keys(listed).filter(
  (name) => listed[name]?.levels.includes('server') && !isNoSetting.has(name) && !isOfAnotherProtocol(name),
);

/** With each argument that is known to be taken. */
export function linesOf(name: string): string[] {
  return (listed[name]?.takes ?? []).map((value) => `${name} ${value};`);
}
