import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

export interface Drain {
  /** Accepts no new connection, and answers on the open ones until their clients close them or `milliseconds` have passed. */
  drain(milliseconds: number): Promise<void>;
}

/**
 * nginx reuses connections, and may send a request on one just as it is being closed: that request would be lost. So a connection
 * is closed by an answer that announces it. Idle connections are left to nginx, which drops them before Node does
 * (keepalive_timeout in nginx/templates).
 */
export function createDrain(server: Server): Drain {
  let isDraining = false;
  server.prependListener('request', (_request, response) => {
    if (isDraining) response.shouldKeepAlive = false;
  });
  return {
    async drain(milliseconds) {
      isDraining = true;
      const closed = once(server, 'close');
      // Unlike the HTTP server's own way to close, this leaves idle connections open.
      NetServer.prototype.close.call(server);
      const deadline = setTimeout(() => server.closeAllConnections(), milliseconds).unref();
      await closed;
      clearTimeout(deadline);
    },
  };
}
