import type { IncomingMessage } from 'node:http';
import { type Denial, deny } from '../../authorization/denial.ts';
import { andThen } from '../../event-loop/and-then.ts';
import { Fault } from '../../faults/fault.ts';
import type { BodyReader } from '../../judge.ts';
import { hasBody } from '../has-body.ts';
import type { BodyRoom } from './body-room.ts';

const BROKEN_OFF = new Fault('The body broke off.');
const NO_ROOM: Denial = deny(
  'store_unavailable',
  'Too many large requests are being read at the moment. Try again shortly.',
);

/** A body that costs no more than its connection is not counted. */
const SMALL_BYTES = 8 * 1024;

type MirroredBody = Buffer | 'too-large';

/** Reads the body that comes with nginx's question, once; undefined if none comes. Node discards a body that is not read. */
export function bodyReaderOf({ req }: { readonly req: IncomingMessage }, room: BodyRoom): BodyReader | undefined {
  if (!hasBody(req)) return undefined;
  return function readBody(maxBytes, userId, read) {
    const told = req.headers['content-length'];
    const length = told === undefined ? maxBytes : Number(told);
    if (length > maxBytes) return 'too-large';
    const readWhole = () =>
      andThen(readMirroredBody(req, maxBytes), (body) => (body === 'too-large' ? body : read(body)));
    if (length <= SMALL_BYTES) return readWhole();
    if (!room.take(length, userId)) return NO_ROOM;
    // Even if the client has gone away, the room is not given back before the body is out of memory.
    return lastly(readWhole, () => room.giveBack(length, userId));
  };
}

function lastly<Value>(run: () => Value | Promise<Value>, end: () => void): Value | Promise<Value> {
  let isWaiting = false;
  try {
    const value = run();
    if (!(value instanceof Promise)) return value;
    isWaiting = true;
    return value.finally(end);
  } finally {
    if (!isWaiting) end();
  }
}

function readMirroredBody(request: IncomingMessage, limit: number): MirroredBody | Promise<MirroredBody> {
  if (request.readableLength > limit) return 'too-large';
  // A body that has arrived is read in one piece, which costs less than streaming it.
  const whole: Buffer | null = request.complete ? request.read() : null;
  return whole ?? collect(request, limit);
}

function collect(request: IncomingMessage, limit: number): Promise<MirroredBody> {
  const chunks: Buffer[] = [];
  let received = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      // Bytes beyond the limit are read, so that the connection can be used again, but not kept.
      if (received <= limit) chunks.push(chunk);
    });
    request.on('end', () => resolve(received > limit ? 'too-large' : join(chunks)));
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(BROKEN_OFF);
    });
    // There is no event for what happened before.
    if (request.destroyed) reject(BROKEN_OFF);
  });
}

/** Nearly every body comes in one piece. */
function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
