import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { createPrefectObjects, type PrefectObjects } from '../support/prefect/prefect-objects.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { installPrefect, startPrefect } from '../support/servers/prefect.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { type Answer, ask, bearer, handshake } from './ask.ts';

export interface GuardedPrefect {
  /** Prefect's API itself, for what the test asks behind the gate's back. */
  readonly api: string;
  readonly objects: PrefectObjects;
  readonly service: RunningService;
  /** @param path below /api; everything but GET and HEAD has a body, `{}` unless it is given */
  send(key: string | undefined, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Opens a WebSocket, closes it, and tells how the handshake was answered. */
  open(key: string | undefined, path: string): Promise<Answer>;
  /** What reached Prefect, as its access log has it. */
  arrivals(): Promise<string[]>;
  stopPrefect(): Promise<void>;
}

/** Prefect, and not the gate, which says 503 in other words. */
function isPrefectBusy({ status, text }: Answer): boolean {
  return status === 502 || (status === 503 && text.includes('"exception_message":"Service Unavailable"'));
}

/** A Prefect with one of each object, the service, and nginx in front; all of it goes with the test. */
export async function startGuardedPrefect(
  t: ExecutionContext,
  version: string,
  settings: (api: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<GuardedPrefect> {
  const home = mkdtempSync(join(tmpdir(), 'prefect-auth-'));
  t.teardown(() => rmSync(home, { recursive: true }));
  const prefect = await startPrefect(await installPrefect(version), home, { PREFECT_EXPERIMENTAL_EVENTS: 'true' });
  t.teardown(() => prefect.stop());
  const service = await startService(settings(`http://${prefect.address}`));
  t.teardown(() => service.stop());
  const nginx = await startNginx({ auth: service.url.replace('http://', ''), prefect: prefect.address });
  t.teardown(() => nginx.stop());
  const api = `http://${prefect.address}/api`;
  const identity = (key: string | undefined) => (key === undefined ? {} : bearer(key));

  return {
    api,
    service,
    objects: await createPrefectObjects(api),
    async send(key, method, path, body) {
      const sent = method === 'GET' || method === 'HEAD' ? {} : { body: body ?? {} };
      const question = { method, headers: identity(key), ...sent };
      let answer = await ask(nginx, `/api${path}`, question);
      // Prefect closes the connection after an error of its own, which nginx may only notice with the next request. It answers 503
      // while its SQLite is locked, on a machine that is busy; its clients ask again too.
      for (let attempt = 0; isPrefectBusy(answer) && attempt < 10; attempt++) {
        await sleep(answer.status === 502 ? 100 : 500);
        answer = await ask(nginx, `/api${path}`, question);
      }
      return answer;
    },
    open(key, path) {
      const headers = { ...identity(key), ...handshake, 'Sec-WebSocket-Protocol': 'prefect' };
      return ask(nginx, `/api${path}`, { headers });
    },
    arrivals: () => prefect.arrivals(),
    stopPrefect: () => prefect.stop(),
  };
}
