import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ServiceProcess } from '../support/service/service-process.ts';

/** The event loop of a service, watched from within by way of its inspector (INSPECTED of collect-garbage.ts). */
export interface EventLoop {
  /** Milliseconds for which it was held at most since it was asked last. */
  longestHold(): Promise<number>;
  close(): Promise<void>;
}

const WATCH = `
  globalThis.watched = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
  globalThis.watched.enable();
`;
/** The timer that watches is due each millisecond: what it is late by is what the loop was held for. */
const READ = `(() => { const { max } = watched; watched.reset(); return Math.max(0, max / 1e6 - 1); })()`;

export async function watchEventLoop(service: ServiceProcess): Promise<EventLoop> {
  const [url] = /ws:\/\/\S+/.exec(service.output()) ?? [];
  if (url === undefined) throw new Error('The service was not started with INSPECTED.');
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  let id = 0;
  const evaluate = async (expression: string): Promise<number> => {
    inspector.send(JSON.stringify({ id: ++id, method: 'Runtime.evaluate', params: { expression } }));
    const [message] = await once(inspector, 'message');
    return JSON.parse(String(message)).result.result.value;
  };
  await evaluate(WATCH);
  return {
    longestHold: () => evaluate(READ),
    async close() {
      inspector.close();
      await once(inspector, 'close');
    },
  };
}
