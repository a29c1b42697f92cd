import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { Fault } from '../faults/fault.ts';

const TIMEOUT_MS = 2_000;

/** A worker's question, and the primary's answer. The answer has no text if a worker did not send its metrics. */
interface MetricsMessage {
  readonly metricsId: number;
  readonly text?: string;
}

/** In the primary: answers a worker's question with the metrics of all workers together. */
export function createMetricsCollector() {
  const aggregator = new AggregatorRegistry();
  return async function answerMetrics(worker: Worker, message: object): Promise<void> {
    if (!('metricsId' in message)) return;
    const { metricsId } = message as MetricsMessage;
    const text = await aggregator.clusterMetrics().catch(() => undefined);
    if (worker.isConnected()) worker.send({ metricsId, ...(text !== undefined && { text }) } satisfies MetricsMessage);
  };
}

/** Reads the metrics of all workers together, or of this process if it is the only one. */
export function createMetricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  AggregatorRegistry.setRegistries([registry]);
  // Creating it is enough: it answers the primary's questions by itself.
  new AggregatorRegistry();
  let lastId = 0;
  return async function readClusterMetrics() {
    const metricsId = ++lastId;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    process.send?.({ metricsId } satisfies MetricsMessage);
    for (;;) {
      const [{ metricsId: answered, text }] = (await once(process, 'message', { signal })) as [MetricsMessage];
      if (answered !== metricsId) continue;
      if (text === undefined) throw new Fault('Not all of the workers told their metrics in time.');
      return text;
    }
  };
}
