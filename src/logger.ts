import bunyan from 'bunyan';

export type Logger = bunyan;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** JSON lines on standard output. No serializers: what is logged is built by hand, so that no header slips in. */
export function createLogger(level: LogLevel, environment: string): Logger {
  return bunyan.createLogger({ name: 'prefect-auth', env: environment, level, serializers: {} });
}
