import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A loopback port nobody listens on, for a program that cannot choose one itself. */
export async function findFreePort(): Promise<number> {
  return reservePort(0);
}

/** Whether a program could listen on this loopback port; false for what is no port at all. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    return (await reservePort(port)) === port;
  } catch {
    return false;
  }
}

async function reservePort(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
