import bunyan from 'bunyan';
import { createLineStream } from './line-stream.ts';

export type Logger = bunyan;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** JSON lines on standard output. No serializers: what is logged is built by hand, so that no header slips in. */
export function createLogger(level: LogLevel, environment: string): Logger {
  const stream = createLineStream(process.stdout) as NodeJS.WritableStream;
  return bunyan.createLogger({ name: 'prefect-auth', env: environment, level, stream, serializers: {} });
}
