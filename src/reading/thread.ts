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

/** A third of the time of a processor that the service wants too. */
const NICE = 5;

/** The thread of reading-thread.ts: what is sent to it is read, and what comes of it is sent back. */
if (parentPort !== null && workerData !== null) {
  // Where both share a processor, the service goes first. Elsewhere than on Linux it would be the whole process.
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

/** Which are handed over and not copied. */
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

/** What can be sent, and costs the receiver little: texts in place of values. What the path names is known there. */
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
