import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NginxOptions } from './nginx.ts';

/** The bundled server before several instances of the service, as `files` of startNginx; it keeps no access log. */
export function serverBefore(addresses: readonly string[]): NonNullable<NginxOptions['files']> {
  return (variables) => {
    const template = readFileSync(join(import.meta.dirname, '../../../nginx/templates/default.conf.template'), 'utf8');
    const servers = addresses.map((address) => `server ${address} fail_timeout=1s;`).join(' ');
    const text = template
      .replace(/server \$\{AUTH_UPSTREAM\} resolve;/, servers)
      .replaceAll(' resolve;', ';')
      .replaceAll('server_tokens off;', 'server_tokens off; access_log off;');
    return { 'default.conf': text.replace(/\$\{(\w+)\}/g, (_, name: string) => variables[name] ?? '') };
  };
}
