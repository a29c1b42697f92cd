import type { Logger, LogLevel } from './logger.ts';

/** Another log level for a while, so that nobody has to remember to turn it back. */
export interface LogLevelOverride {
  readonly seconds: number;
  /** @returns the level in force, or undefined where there is none of that name */
  set(level: string): LogLevel | undefined;
}

const LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug'] satisfies LogLevel[];

export function createLogLevelOverride(logger: Logger, normal: LogLevel, seconds: number): LogLevelOverride {
  let timer: NodeJS.Timeout | undefined;
  return {
    seconds,
    set(level) {
      if (!LEVELS.includes(level)) return undefined;
      clearTimeout(timer);
      logger.level(level as LogLevel);
      timer = setTimeout(() => logger.level(normal), seconds * 1000).unref();
      return level as LogLevel;
    },
  };
}
