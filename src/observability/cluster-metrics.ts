import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { Fault } from '../faults/fault.ts';

const TIMEOUT_MS = 2_000;

/** A worker's question, and the primary's answer, which has a text unless not all workers told theirs. */
interface MetricsMessage {
  readonly metricsId: number;
  readonly text?: string;
}

/** In the primary: tells a worker that asks the metrics of all of them together. */
export function createMetricsCollector() {
  const aggregator = new AggregatorRegistry();
  return async function answerMetrics(worker: Worker, message: object): Promise<void> {
    if (!('metricsId' in message)) return;
    const { metricsId } = message as MetricsMessage;
    const text = await aggregator.clusterMetrics().catch(() => undefined);
    if (worker.isConnected()) worker.send({ metricsId, ...(text !== undefined && { text }) } satisfies MetricsMessage);
  };
}

/** The metrics of all workers together, or of this process where there are no others. */
export function createMetricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  AggregatorRegistry.setRegistries([registry]);
  // Being there is enough: it answers the primary's questions.
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
