import cluster from 'node:cluster';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findMisspeltSettings } from './config/misspelt-settings.ts';
import { ConfigurationError, readConfig } from './config/read-config.ts';
import type { Config } from './config/settings.ts';
import { createHttpServer } from './http/server.ts';
import { createManageKeys } from './keys/manage-keys.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createLineStream, type LineStream } from './output/line-stream.ts';
import { createDrain } from './process/drain.ts';
import { runWorkers } from './process/workers.ts';
import { createService, type Service } from './service.ts';

const OWNER_KEY_DAYS = 365;
const DRAIN_MS = 10_000;

function loadConfig(): Config {
  try {
    // biome-ignore lint/style/noProcessEnv: the one place where the service reads its environment
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}

/** A new embedded database gets an owner's key, which is printed only here and stored as a digest. */
async function printFirstKey(service: Service): Promise<void> {
  const now = Date.now();
  // There is nothing to notify: no instance knows a key yet.
  const manage = createManageKeys(service.store, { notify: async () => {} });
  const { key, apiKey } = await manage.create({
    userId: 'owner',
    scopes: 'role:owner, admin/*',
    validFrom: new Date(now),
    expiresAt: new Date(now + OWNER_KEY_DAYS * 86_400_000),
    issuedBy: 'first start',
  });
  process.stdout.write(
    `\nA new embedded database. The owner's API key, shown this once:\n\n    ${key}\n\n` +
      `It expires on ${apiKey.expiresAt.toISOString().slice(0, 10)}. ` +
      'Other keys: npm run --silent prefect-auth -- keys create --help\n\n',
  );
}

async function listen(server: Server, config: Config): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Announces the stop, accepts nothing new, finishes the requests that have begun, then closes the database. */
function stopOnSignal(server: Server, service: Service, config: Config, logger: Logger): void {
  const { drain } = createDrain(server);
  let isStopping = false;
  const stop = async () => {
    // Ctrl-C reaches a worker twice, from the terminal and through its primary.
    if (isStopping) return;
    isStopping = true;
    service.announceStop();
    await delay(config.SHUTDOWN_DELAY * 1000);
    const faults = await drain(DRAIN_MS)
      .finally(service.close)
      .then(() => [], toFaults);
    for (const { message } of faults) logger.error(message);
    if (faults.length === 0) logger.info('stopped');
    // A connection to a server that hangs would keep this process running, and its primary waiting.
    process.exit(faults.length === 0 ? 0 : 1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function toFaults(error: Error): readonly Error[] {
  return error instanceof AggregateError ? error.errors : [error];
}

async function serve(config: Config, logger: Logger, lines: LineStream): Promise<void> {
  const service = await createService(config, logger, lines);
  const server = createHttpServer(service.app.callback());
  const port = await listen(server, config);
  stopOnSignal(server, service, config, logger);
  // Not earlier: a start that fails would leave a key behind that is never shown again.
  if (service.isNew) await printFirstKey(service);
  process.stdout.write(`prefect-auth listens on http://${config.HOST}:${port}\n`);
}

async function main(): Promise<void> {
  const config = loadConfig();
  // The service goes on if its output is not read or the disk is full: an error event without a listener would end it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const lines = createLineStream(process.stdout);
  const logger = createLogger(config.LOG_LEVEL, config.ENV, lines);
  // biome-ignore lint/style/noProcessEnv: what is not a setting is not in the configuration
  if (cluster.isPrimary) for (const problem of findMisspeltSettings(process.env)) logger.warn(problem);
  if (config.ALLOW_PUBLIC_ACCESS && cluster.isPrimary) {
    logger.warn('ALLOW_PUBLIC_ACCESS=true: requests without an API key may do what the account anonymous is given.');
  }
  if (config.WORKERS > 1 && cluster.isPrimary) await runWorkers(config.WORKERS, logger);
  else await serve(config, logger, lines);
}

/** One line for a person that says why the service did not start; only a bug gets a stack. */
function describeFailedStart(error: unknown): string {
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return (error as Error).stack ?? String(error);
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    const hint = code === 'EADDRINUSE' ? ': another program has the port' : '';
    return `It cannot listen on the address that HOST and PORT name${hint} (${message}).`;
  }
  return path === undefined ? message : `${message}. Is DATA_DIR a folder that it may write to?`;
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`prefect-auth could not start. ${describeFailedStart(error)}\n`);
    process.exit(1);
  }
}
