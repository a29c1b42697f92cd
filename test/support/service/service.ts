import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/config/read-config.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { digestOf, generateKey } from '../../../src/keys/key-format.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { createService, type Service } from '../../../src/service.ts';
import { SHORT_SETTLING_MS } from '../timing.ts';

export interface RunningService {
  readonly url: string;
  readonly service: Service;
  /** Issues a key; `from` and `to` are milliseconds from now. */
  issue(scopes: string, options?: { user?: string; from?: number; to?: number }): Promise<{ key: string; id: string }>;
  /** Every log line so far, parsed. */
  log(): Record<string, unknown>[];
  /** Every log line so far, as it was written. */
  logText(): string;
  stop(): Promise<void>;
}

const HOUR = 3_600_000;

/** The whole service in this process, on an embedded database of its own, listening on a free port of the loopback. */
export async function startService(environment: Record<string, string> = {}): Promise<RunningService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'prefect-auth-'));
  const config = readConfig({ DATA_DIR: dataDir, ...environment });
  let written = '';
  const lines = {
    write(line: string) {
      written += line;
    },
    lost: () => 0,
    isFailing: () => false,
  };
  const logger = createLogger(config.LOG_LEVEL, 'test', lines);
  const service = await createService(config, logger, lines, { settlingMs: SHORT_SETTLING_MS });
  const server = createHttpServer(service.app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    service,
    async issue(scopes, { user = 'alice', from = -HOUR, to = HOUR } = {}) {
      const key = generateKey();
      const now = Date.now();
      const request = {
        userId: user,
        scopes,
        validFrom: new Date(now + from),
        expiresAt: new Date(now + to),
        issuedBy: 'test',
      };
      return { key, id: (await service.store.insert(request, digestOf(key))).id };
    },
    log: () =>
      written
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    logText: () => written,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Asks `/auth` as nginx does. */
export async function ask(
  url: string,
  original: { method?: string; uri?: string; headers?: Record<string, string>; body?: string; path?: string },
): Promise<Response> {
  const { method = 'GET', uri = '/api/flows/filter', headers = {}, body, path = '/auth' } = original;
  return fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'X-Original-Method': method,
      'X-Original-URI': uri,
      ...(body === undefined
        ? {}
        : { 'X-Original-Content-Length': String(Buffer.byteLength(body)), 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

export function bearer(key: string): Record<string, string> {
  return { Authorization: `Bearer ${key}` };
}

/** Whether a service that polls hears of changed keys yet (`ok`): it does not keep what it read before. */
export async function pollingOf(url: string): Promise<string | undefined> {
  const answer = (await (await fetch(`${url}/readyz`)).json()) as { invalidation: { poll?: string } };
  return answer.invalidation.poll;
}
