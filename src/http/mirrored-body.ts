import type { IncomingMessage } from 'node:http';
import { hasBody } from './has-body.ts';

/** The body that came with nginx's question; undefined where none did. Rejects where it breaks off. */
export function readMirroredBody(request: IncomingMessage, limit: number): Promise<Buffer | 'too-large'> | undefined {
  if (!hasBody(request)) return undefined;
  const length = Number(request.headers['content-length'] ?? 0);
  return length > limit ? Promise.resolve('too-large') : collect(request, limit);
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let received = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      // What comes beyond the limit is read, so that the connection can be used again, and not kept.
      if (received <= limit) chunks.push(chunk);
    });
    request.on('end', () => resolve(received > limit ? 'too-large' : join(chunks)));
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new Error('The body broke off.'));
    });
  });
}

/** Nearly every body comes in one piece. */
function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
