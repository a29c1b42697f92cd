import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** nginx/drop-in.conf as a user fills it in: with the addresses of the service and of Prefect. */
export function dropInFiles(variables: Readonly<Record<string, string>>): Record<string, string> {
  const text = readFileSync(join(import.meta.dirname, '../../nginx/drop-in.conf'), 'utf8');
  const { AUTH_UPSTREAM = '', PREFECT_UPSTREAM = '' } = variables;
  return {
    // Whole directives: a free port can begin with one that is replaced.
    'prefect-auth.conf': text
      .replace('server 127.0.0.1:3000;', `server ${AUTH_UPSTREAM};`)
      .replace('server 127.0.0.1:4200;', `server ${PREFECT_UPSTREAM};`),
  };
}
