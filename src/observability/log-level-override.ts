import cluster from 'node:cluster';
import type { Logger, LogLevel } from './logger.ts';

/** Sets another log level for a while, so that an operator cannot forget to turn it back; in all workers if there are some. */
export interface LogLevelOverride {
  readonly seconds: number;
  /** @returns the level in force, or undefined if there is none of that name */
  set(level: string): LogLevel | undefined;
}

const LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug'] satisfies LogLevel[];

interface LogLevelMessage {
  readonly logLevel: LogLevel;
}

const isLogLevelMessage = (message: object): message is LogLevelMessage => 'logLevel' in message;

export function createLogLevelOverride(logger: Logger, normal: LogLevel, seconds: number): LogLevelOverride {
  let timer: NodeJS.Timeout | undefined;

  function override(level: LogLevel): void {
    clearTimeout(timer);
    logger.level(level);
    timer = setTimeout(() => logger.level(normal), seconds * 1000).unref();
  }

  if (cluster.isWorker) {
    process.on('message', (message: object) => isLogLevelMessage(message) && override(message.logLevel));
  }
  return {
    seconds,
    set(level) {
      if (!LEVELS.includes(level)) return undefined;
      const logLevel = level as LogLevel;
      override(logLevel);
      if (cluster.isWorker) process.send?.({ logLevel } satisfies LogLevelMessage);
      return logLevel;
    },
  };
}

/** In the primary: passes the level that one worker was given on to all of them. */
export function passOnLogLevel(message: object): void {
  if (!isLogLevelMessage(message)) return;
  for (const worker of Object.values(cluster.workers ?? {})) if (worker?.isConnected()) worker.send(message);
}
