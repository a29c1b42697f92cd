import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { createMetricsCollector } from '../observability/cluster-metrics.ts';
import { passOnLogLevel } from '../observability/log-level-override.ts';
import type { Logger } from '../observability/logger.ts';

const RESTART_MS = 1_000;

/**
 * Starts the workers, and replaces each one that ends by itself. Resolves when all have ended after SIGTERM or SIGINT. The exit code
 * is then 1 if one of them did not end with code 0.
 */
export async function runWorkers(count: number, logger: Logger): Promise<void> {
  // They share the socket. If the primary handed out connections, one that went to a dying worker would never be answered.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const answerMetrics = createMetricsCollector();
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      isStopping = true;
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
    });
  }
  cluster.on('message', (worker: Worker, message: object) => {
    void answerMetrics(worker, message);
    passOnLogLevel(message);
  });

  async function keepRunning(): Promise<void> {
    while (!isStopping) {
      const worker = cluster.fork();
      const { code, signal } = await endOf(worker);
      if (isStopping) {
        if (code !== 0) process.exitCode = 1;
        return;
      }
      logger.error({ code, signal }, 'A worker ended; another takes its place.');
      await delay(RESTART_MS);
    }
  }
  await Promise.all(Array.from({ length: count }, keepRunning));
}

/** Resolves when a worker has ended, or could not be started. A failed send does not mean that the worker has ended. */
function endOf(worker: Worker): Promise<{ code: unknown; signal?: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; signal?: string }>();
  worker.once('exit', (code, signal) => resolve({ code, signal }));
  // An error event without a listener would end the primary, and all workers with it.
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (worker.process.pid === undefined) resolve({ code: error.code });
  });
  return promise;
}
