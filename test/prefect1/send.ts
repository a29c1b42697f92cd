import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Name and value by turns, as often as they stand here. */
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
  /** Sends the body in chunks of this many bytes, without a Content-Length. */
  readonly chunks?: number;
}

export interface Received {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Sends a request whose headers and path no client has tidied up. */
export function send(
  origin: string,
  { method = 'POST', path = '/graphql', headers = [], ...rest }: Sent,
): Promise<Received> {
  const { hostname, port, protocol } = new URL(origin);
  const body = Buffer.from(rest.body ?? '');
  const framing =
    rest.chunks === undefined ? ['Content-Length', String(body.length)] : ['Transfer-Encoding', 'chunked'];
  const options = { hostname, port, method, path, agent: false, rejectUnauthorized: false };
  const start = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const lines = ['Host', rest.host ?? `localhost:${port}`, ...(body.length > 0 ? framing : []), ...headers];
    const request = start({ ...options, headers: lines }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      response.on('error', reject);
    });
    request.on('error', reject);
    for (let at = 0; rest.chunks !== undefined && at < body.length; at += rest.chunks) {
      request.write(body.subarray(at, at + rest.chunks));
    }
    request.end(rest.chunks === undefined ? body : undefined);
  });
}

/** A POST of JSON, the value as it is or a text that stands for itself. */
export function post(body: unknown, changes: Sent = {}): Sent {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return { headers: ['Content-Type', 'application/json'], body: text, ...changes };
}
