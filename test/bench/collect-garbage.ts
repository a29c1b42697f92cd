import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ServiceProcess } from '../support/service/service-process.ts';

/** What has to be among a service's variables, for `collectGarbage`. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Has a process collect its garbage now; by itself it does so when it needs the room. */
export async function collectGarbage(service: ServiceProcess): Promise<void> {
  const [url] = /ws:\/\/\S+/.exec(service.output()) ?? [];
  if (url === undefined) throw new Error('The service was not started with INSPECTED.');
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  // What the first one finds to be unused may hold what the second one finds.
  for (const id of [1, 2]) {
    inspector.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    await once(inspector, 'message');
  }
  inspector.close();
  await once(inspector, 'close');
}
