import { Fault } from '../faults/fault.ts';

/** Of one answer. A deployment contains its schema, which may be long. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Of all answers together that are being read. */
const MOST_BYTES_TOGETHER = 64 * 1024 * 1024;

/** Reads an answer of Prefect; undefined if it is longer than any useful one. Rejects if there is no room for it. */
export type ReadAnswer = (body: AsyncIterable<Uint8Array>) => Promise<Buffer | undefined>;

export function createReadAnswer(): ReadAnswer {
  let bytesTogether = 0;
  return async function readAnswer(body) {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        bytesTogether += chunk.length;
        if (bytes > MOST_BYTES) return undefined;
        if (bytesTogether > MOST_BYTES_TOGETHER)
          throw new Fault('Prefect answers more at once than the service has room for.');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      bytesTogether -= bytes;
    }
  };
}
