import type { IncomingMessage } from 'node:http';

/** Whether a request brings a body (RFC 9112, section 6). A request without one has no stream to read: see server.ts. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
