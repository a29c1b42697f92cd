import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Directive } from './generate.ts';
import { isOfAnotherProtocol } from './hostile.ts';

const listed: Readonly<Record<string, Directive>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '1.22.1.json'), 'utf8'),
);

/** These say where something lies, or hold other directives. */
const isNoSetting = new Set(['listen', 'include', 'location', 'client_body_temp_path', 'proxy_temp_path']);

/** Every directive of nginx that can stand in a server, and acts upon requests to our locations in it. */
export const inheritable: readonly string[] = Object.keys(listed).filter(
  (name) => listed[name]?.levels.includes('server') && !isNoSetting.has(name) && !isOfAnotherProtocol(name),
);

/** With each argument that is known to be taken. */
export function linesOf(name: string): string[] {
  return (listed[name]?.takes ?? []).map((value) => `${name} ${value};`);
}
