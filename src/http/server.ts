import { createServer, type RequestListener, type Server } from 'node:http';

/** nginx passes on the client's headers, four buffers of 8 kB at most, and adds its own. */
const MAX_HEADER_BYTES = 64 * 1024;

/** A request without a body gets no stream, so that none can be read (has-body.ts). Most questions of nginx have no body. */
export function createHttpServer(listener: RequestListener): Server {
  return createServer({ maxHeaderSize: MAX_HEADER_BYTES, optimizeEmptyRequests: true }, listener);
}
