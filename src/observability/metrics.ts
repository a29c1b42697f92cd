import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from '../authorization/decide.ts';
import type { Origin } from '../key-cache/key-cache-options.ts';
import type { LineHealth } from '../output/sink.ts';

/** The metrics for Prometheus. No label names a user or a key. */
export interface Metrics {
  readonly registry: Registry;
  decided(decision: Decision): void;
  failed(): void;
  lookedUp(origin: Origin): void;
  /** Times a question to the store. */
  timed<Result>(question: Promise<Result>): Promise<Result>;
}

/**
 * @param channels whether each channel of change notifications is open
 * @param lines whether lines of the log and the audit trail are lost
 */
export function createMetrics(channels: ReadonlyMap<string, boolean>, lines: LineHealth): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const decisions = createTally();
  const lookups = createTally();
  collectDefaultMetrics({ register: registry });
  createCounter('prefect_auth_decisions_total', 'Requests of clients, by outcome and reason.', decisions, (text) => {
    const [outcome = '', reason = ''] = text.split(' ');
    return { outcome, reason };
  });
  createCounter('prefect_auth_key_lookups_total', 'Where keys were found.', lookups, (origin) => ({ origin }));
  const storeSeconds = new Histogram({
    name: 'prefect_auth_store_seconds',
    help: 'How long the store took to find a key.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    labelNames: ['result'],
    registers,
  });
  new Counter({
    name: 'prefect_auth_lines_lost_total',
    help: 'Lines of the log and the audit trail that standard output did not take.',
    registers,
    collect() {
      this.reset();
      this.inc(lines.lost());
    },
  });
  new Gauge({
    name: 'prefect_auth_invalidation_channel_open',
    help: 'Whether word of changed keys arrives: 1, or 0 while keys have to be asked for every time.',
    labelNames: ['channel'],
    registers,
    // If one of several workers has lost a channel, an operator has to see it.
    aggregator: 'min',
    collect() {
      for (const [channel, isOpen] of channels) this.set({ channel }, isOpen ? 1 : 0);
    },
  });

  /** Counts in a map, and makes labels only when Prometheus asks: a decision does not pay for them. */
  function createCounter(
    name: string,
    help: string,
    tally: ReadonlyMap<string, number>,
    toLabels: (key: string) => Record<string, string>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: Object.keys(toLabels('')),
      registers,
      collect() {
        this.reset();
        for (const [key, count] of tally) this.inc(toLabels(key), count);
      },
    });
  }

  return {
    registry,
    decided: (decision) => decisions.add(decision.outcome === 'allow' ? 'allow' : `deny ${decision.reason}`),
    failed: () => decisions.add('fault'),
    lookedUp: lookups.add,
    async timed(question) {
      const stop = storeSeconds.startTimer();
      try {
        const result = await question;
        stop({ result: 'answer' });
        return result;
      } catch (error) {
        stop({ result: 'fault' });
        throw error;
      }
    },
  };
}

function createTally() {
  const counts = new Map<string, number>();
  const add = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.assign(counts, { add });
}
