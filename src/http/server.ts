import { createServer, type RequestListener, type Server } from 'node:http';

/** nginx hands on what the client sent, four buffers of 8 kB at most, and adds its own. */
const MAX_HEADER_BYTES = 64 * 1024;

/** For a request without a body no stream is begun, and none can be read (has-body.ts): most questions of nginx have none. */
export function createHttpServer(listener: RequestListener): Server {
  return createServer({ maxHeaderSize: MAX_HEADER_BYTES, optimizeEmptyRequests: true }, listener);
}
