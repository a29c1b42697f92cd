import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A port of the loopback that leads to another one, and the network between them. */
export interface Tunnel {
  readonly port: number;
  /** From here on nothing passes on the connections that are open, and nobody is told; others can be opened. */
  vanish(): void;
  stop(): Promise<void>;
}

export async function digTunnel(to: number): Promise<Tunnel> {
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.pipe(far);
    far.pipe(near);
    for (const end of [near, far]) {
      ends.add(end);
      // Whoever breaks a connection is not what is looked at here.
      end.on('error', () => {});
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    vanish() {
      for (const end of ends) end.unpipe().pause();
    },
    async stop() {
      for (const end of ends) end.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
