import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

export interface Drain {
  /** Takes no new connection, and answers on the open ones until their clients close them, or `milliseconds` are over. */
  drain(milliseconds: number): Promise<void>;
}

/**
 * nginx keeps connections, and sends on one just as it is being closed: that request would be lost. So each connection
 * is closed with an answer on it that says so, and those that nobody uses any more are left to nginx, which drops them
 * before Node does (keepalive_timeout in nginx/templates).
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
      // Of the two ways to close, the one that leaves idle connections open.
      NetServer.prototype.close.call(server);
      const deadline = setTimeout(() => server.closeAllConnections(), milliseconds).unref();
      await closed;
      clearTimeout(deadline);
    },
  };
}
