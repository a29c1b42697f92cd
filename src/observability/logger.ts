import bunyan from 'bunyan';
import type { Lines } from '../output/line-stream.ts';
import { escapeHidden } from '../output/quote.ts';

export type Logger = bunyan;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Writes JSON lines. There are no serializers: every entry is built by hand, so that no header slips in. */
export function createLogger(level: LogLevel, environment: string, lines: Lines): Logger {
  const write = (line: string) => lines.write(`${escapeHidden(line.slice(0, -1))}\n`);
  const stream = { write } as NodeJS.WritableStream;
  return bunyan.createLogger({ name: 'prefect-auth', env: environment, level, stream, serializers: {} });
}
