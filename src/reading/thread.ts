import { setPriority } from 'node:os';
import { platform } from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { maskVariables } from '../audit/mask-variables.ts';
import type { AccessRequest, GraphqlItem, OriginalRequest } from '../authorization/access-request.ts';
import { isDenial } from '../authorization/denial.ts';
import { isMutation } from '../authorization/operation.ts';
import { mergeAnswers } from '../prefect/merge-answers.ts';
import { type Names, parseNames } from '../prefect/names.ts';
import { createAccessRequestReader } from '../requests/read-access-request.ts';
import { prefectRoutes } from '../requests/rest/prefect-routes.ts';
import type { Reading } from './read-request.ts';
import { type Question, READY } from './reading-thread.ts';

/** Leaves the thread a third of a processor that the service needs too. */
const NICE = 5;

/** The thread of reading-thread.ts: it reads what it is sent, and sends back the result. */
if (parentPort !== null && workerData !== null) {
  // If both share a processor, the service goes first. On other systems than Linux this would slow the whole process.
  if (platform === 'linux') setPriority(NICE);
  const port = parentPort;
  const reader = createAccessRequestReader(prefectRoutes, workerData);
  const read = ({ body, ...original }: OriginalRequest): Reading => {
    const reading = reader.read({ ...original, body: body && toBuffer(body) });
    return reading === 'public' || isDenial(reading) ? reading : toMessage(reading);
  };
  port.on('message', (question: Question) => {
    if ('original' in question) return port.postMessage(read(question.original));
    const answer = toBuffer(question.answer);
    if (!('merging' in question)) return port.postMessage(readNames(answer));
    const merged = toBytes(mergeAnswers(question.merging, answer));
    port.postMessage(merged, merged && [merged.buffer]);
  });
  port.postMessage(READY);
}

/** A Buffer arrives as the bytes that it is made of. */
function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Bytes can be transferred instead of copied. */
function toBytes(text: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

function readNames(answer: Buffer): Names | undefined {
  try {
    return parseNames(answer);
  } catch {
    return undefined;
  }
}

/** Makes a request that can be sent and costs the receiver little: values become texts. The receiver knows what the path names. */
function toMessage({ named: _, ...request }: AccessRequest): Reading {
  const { graphql } = request;
  return graphql === undefined ? request : { ...request, graphql: { ...graphql, items: graphql.items.map(toText) } };
}

function toText(item: GraphqlItem): GraphqlItem {
  const { variables, operations } = item;
  const text = typeof variables === 'object' ? JSON.stringify(variables) : variables;
  return {
    ...item,
    variables: text,
    ...(variables !== undefined && operations.some(isMutation) && { shownVariables: maskVariables(variables) }),
  };
}
