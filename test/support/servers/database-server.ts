/** A database server that a test has for itself. */
export interface DatabaseServer {
  readonly type: 'postgres' | 'mysql';
  readonly port: number;
  /** The variables that make the service use it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Runs statements on a connection of their own. @returns the rows of the last one */
  query(sql: string): Promise<Record<string, unknown>[]>;
  signal(name: NodeJS.Signals): void;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again on the same port and files. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}
