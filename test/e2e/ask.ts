import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Nginx } from '../support/servers/nginx.ts';

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value is sent as JSON, a text as it is. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks through nginx, whose certificate is verified. */
export async function ask(nginx: Nginx, path: string, { method, headers = {}, body }: Question = {}): Promise<Answer> {
  const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const outgoing = request(`${nginx.url}${path}`, {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    headers: { ...(sent !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    ca: readFileSync(nginx.certificatePath),
    agent: false,
  });
  outgoing.end(sent);
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject).on('upgrade', ({ statusCode = 0, headers: received }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, headers: received, text: '' });
    });
    outgoing.on('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: await text(response) });
    });
  });
}

export const bearer = (key: string): Record<string, string> => ({ Authorization: `Bearer ${key}` });

export const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
};
