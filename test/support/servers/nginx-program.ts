import { findProgram, requirePrograms } from '../install/install.ts';
import { type Program, requireNewestProgram } from '../install/newest-program.ts';
import { programs } from '../install/programs.ts';

/** The nginx of this machine's Debian, or the newest that Debian has (1.30 or later, with HTTP/3). */
export type NginxVersion = 'debian' | 'newest';

/** The environment variable NGINX says it for all tests that do not choose. */
export const chosenNginx: NginxVersion = process.env.NGINX === 'newest' ? 'newest' : 'debian';

/** Installs it if it is not there. */
export function requireNginx(version: NginxVersion = chosenNginx): Program {
  requirePrograms(...programs.nginx);
  if (version === 'newest') return requireNewestProgram('sbin/nginx');
  const command = findProgram('nginx') ?? 'nginx';
  return { command, binary: command };
}
