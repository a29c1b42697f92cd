import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

/** A request that the doctor sends. */
export interface Question {
  readonly method: string;
  /** It is sent as it is, without normalising it. */
  readonly path: string;
  readonly isWebSocket?: boolean;
  /** Sent as JSON. */
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, which is all of a short one. */
  readonly body: string;
}

/** @param authorization the header's value; nothing is sent without one */
export type Ask = (question: Question, authorization?: string) => Promise<Answer>;

const TIMEOUT_MS = 15_000;
const LONGEST_BODY = 200_000;
/** Few at a time: otherwise a server that limits requests might answer instead of the gate. */
const CONNECTIONS = 4;

const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'cHJlZmVjdC1hdXRoZG9jdA==',
  'Sec-WebSocket-Protocol': 'prefect',
};

/** Asks one server, and verifies its certificate. Rejects if it does not answer. */
export function createAsk(origin: URL, caFile?: string): Ask {
  const isTls = origin.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: CONNECTIONS };
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) };
  const agent = isTls ? new HttpsAgent({ ...options, ...ca }) : new HttpAgent(options);
  const send = isTls ? requestHttps : requestHttp;
  return ({ method, path, isWebSocket = false, body }, authorization) =>
    new Promise((resolve, reject) => {
      const outgoing = send({
        method,
        path,
        // `new URL` writes an IPv6 address in brackets.
        hostname: origin.hostname.replace(/^\[|\]$/g, ''),
        port: origin.port || (isTls ? 443 : 80),
        agent,
        headers: {
          Host: origin.host,
          Accept: 'application/json',
          'User-Agent': 'prefect-auth-doctor',
          ...(isWebSocket && HANDSHAKE),
          ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
          ...(authorization !== undefined && { Authorization: authorization }),
        },
      });
      outgoing.setTimeout(TIMEOUT_MS, () =>
        outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} seconds`)),
      );
      outgoing.on('error', reject).on('response', (response) => resolve(readAnswer(response)));
      outgoing.on('upgrade', ({ statusCode = 0, headers }, socket) => {
        socket.destroy();
        resolve({ status: statusCode, headers, body: '' });
      });
      outgoing.end(body);
    });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk;
    if (body.length > LONGEST_BODY) break;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
