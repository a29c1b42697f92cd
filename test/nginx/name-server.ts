import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer {
  /** 127.0.0.1:port */
  readonly address: string;
  /** Every name's address; may be changed. */
  answer: string;
  stop(): void;
}

/** A name server that gives every name one IPv4 address, for as long as the asker likes to keep it. */
export async function startNameServer(answer: string): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const end = question.indexOf(0, 12) + 5;
    const isIpv4 = question.readUInt16BE(end - 4) === 1;
    const head = Buffer.concat([
      question.subarray(0, 2),
      Buffer.from([0x81, 0x80, 0, 1, 0, isIpv4 ? 1 : 0, 0, 0, 0, 0]),
    ]);
    const octets = server.answer.split('.').map(Number);
    const record = isIpv4 ? [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, ...octets] : [];
    socket.send(Buffer.concat([head, question.subarray(12, end), Buffer.from(record)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server: NameServer = { address: `127.0.0.1:${socket.address().port}`, answer, stop: () => socket.close() };
  return server;
}
