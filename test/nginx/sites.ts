import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';
import { startNginx } from '../support/servers/nginx.ts';
import { dropInFiles } from './drop-in.ts';
import { allowed, echoRequestId, refused } from './gate.ts';
import { type Recorder, startRecorder } from './recorder.ts';

export interface SiteRequest {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface SiteAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Sites {
  readonly prefect: Recorder;
  readonly auth: Recorder;
  /** @param index of the server's lines */
  send(index: number, request: SiteRequest): Promise<SiteAnswer>;
}

/** Who the recorded service lets in: `Bearer good`, and nobody else. */
export const GOOD = { Authorization: 'Bearer good' };

/** One nginx with a server for each of the given lines, which stand before the drop-in's in it. */
export async function startSites(t: ExecutionContext, servers: readonly string[], http = ''): Promise<Sites> {
  const sockets = mkdtempSync(join(tmpdir(), 'prefect-auth-sites-'));
  const prefect = await startRecorder(() => ({ status: 200, body: '"prefect"' }));
  const auth = await startRecorder(({ headers }) => {
    const [, who = ''] = `${headers.authorization}`.split(' ');
    return FAULTS[who] ?? (who === 'good' ? allowed : refused);
  }, echoRequestId);
  const socketOf = (index: number) => join(sockets, `${index}`);
  const site = (lines: string, index: number) =>
    `server { listen unix:${socketOf(index)}; ${lines}\n include prefect-auth/locations.conf; }`;
  const files = (variables: Readonly<Record<string, string>>) => ({
    ...dropInFiles(variables),
    'site.conf': [http, ...servers.map(site)].join('\n'),
  });
  const nginx = await startNginx({ auth: auth.address, prefect: prefect.address, files }).catch((error) => {
    rmSync(sockets, { recursive: true });
    return Promise.all([prefect.stop(), auth.stop()]).then(() => Promise.reject(error));
  });
  t.teardown(async () => {
    await Promise.all([nginx.stop(), prefect.stop(), auth.stop()]);
    rmSync(sockets, { recursive: true });
  });
  return { prefect, auth, send: (index, question) => send(socketOf(index), question) };
}

const FAULTS: Readonly<Record<string, { status: number }>> = { many: { status: 429 }, down: { status: 503 } };

function send(socketPath: string, { method = 'GET', target, headers = {}, body }: SiteRequest): Promise<SiteAnswer> {
  const length = body && { 'Content-Length': `${body.length}`, 'Content-Type': 'application/json' };
  return new Promise((resolve) => {
    request({ socketPath, method, path: target, headers: { Host: 'localhost', ...length, ...headers }, agent: false })
      .on('upgrade', ({ statusCode = 0 }, socket) => {
        socket.destroy();
        resolve({ status: statusCode, body: '' });
      })
      .on('response', async (answer) => {
        resolve({ status: answer.statusCode ?? 0, body: await text(answer).catch(() => '(broken off)') });
      })
      .on('error', ({ message }) => resolve({ status: 0, body: message }))
      .setTimeout(2_000, () => resolve({ status: 0, body: '(no answer)' }))
      .end(body);
  });
}
