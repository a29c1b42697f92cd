import type { DebianProgram } from './install.ts';

/** Which programs the tests, the demo and the benchmark run, and which of Debian's packages bring them. */
export const programs = {
  nginx: [
    { command: 'nginx', package: 'nginx' },
    { command: 'envsubst', package: 'gettext-base' },
    { command: 'openssl', package: 'openssl' },
  ],
  postgres: [
    { command: '/usr/lib/postgresql/*/bin/initdb', package: 'postgresql' },
    { command: '/usr/lib/postgresql/*/bin/postgres', package: 'postgresql' },
  ],
  pgbouncer: [{ command: 'pgbouncer', package: 'pgbouncer' }],
  mariadb: [
    { command: 'mariadbd', package: 'mariadb-server' },
    { command: 'mariadb-install-db', package: 'mariadb-server' },
  ],
  redis: [{ command: 'redis-server', package: 'redis-server' }],
  zsh: [{ command: 'zsh', package: 'zsh' }],
  fish: [{ command: 'fish', package: 'fish' }],
} as const satisfies Record<string, readonly DebianProgram[]>;
