import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Request {
  readonly method?: string;
  readonly target: string;
  readonly host?: string;
  /** `Name: value`, sent as they are, as often as they stand here. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** The body's framing is the caller's, who has written it into `headers` and `body`. */
  readonly isFramed?: boolean;
}

/** Sends a request as it is written, byte for byte (HTTP clients tidy paths and headers up), and reads one answer. */
export async function exchange(port: number, request: Request): Promise<Answer> {
  const socket = await openConnection(port);
  const closed = once(socket, 'close');
  let received = '';
  socket
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (isComplete(received)) socket.destroy();
    });
  socket.write(toBytes(request));
  await closed;
  return parseAnswer(received);
}

/** A TLS connection to nginx that speaks HTTP/1.1. */
export async function openConnection(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  return socket;
}

/** The bytes of a request; the characters of its target and headers are taken as Latin-1, one byte each. */
export function toBytes({
  method = 'GET',
  target,
  host = 'localhost',
  headers = [],
  body = '',
  isFramed,
}: Request): Buffer {
  const bytes = Buffer.from(body);
  const framing = isFramed || bytes.length === 0 ? [] : [`Content-Length: ${bytes.length}`];
  const connection = headers.some((line) => line.toLowerCase().startsWith('connection:')) ? [] : ['Connection: close'];
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...connection, ...framing, ...headers, '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes]);
}

// nginx keeps a connection open for a while whose body it has not read to the end.
function isComplete(received: string): boolean {
  const { headers, body } = parseAnswer(received);
  const length = headers.get('content-length');
  return length !== null && Number(length) > 0 && body.length >= Number(length);
}

function parseAnswer(text: string): Answer {
  const interim = /^HTTP\/1\.1 100 [^\r]*\r\n\r\n/.exec(text)?.[0] ?? '';
  const [head = '', ...rest] = text.slice(interim.length).split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line) => /^(.*?):\s*(.*)$/.exec(line)?.slice(1) as [string, string]).filter(Boolean),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
