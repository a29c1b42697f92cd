import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isDenial } from '../../authorization/denial.ts';
import type { DocumentReader, DocumentReading } from './graphql-operations.ts';

/** Clients send the same few documents with other variables. */
const MOST_DOCUMENTS = 5_000;
/** The most bytes of all readings together, as sizeOf counts them. */
const MOST_BYTES = 16_000_000;
const BYTES_OF_READING = 300;
const BYTES_OF_OPERATION = 80;

/**
 * Keeps what a document asks for, under the digest of its text: a document can be long and can contain a secret. A refused
 * document is not kept, so that it evicts nothing.
 */
export function createDocumentCache(readDocument: DocumentReader): DocumentReader {
  const readings = new LRUCache<string, DocumentReading>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_BYTES,
  });
  return function readOnce(text) {
    const digest = hash('sha256', text, 'base64');
    const known = readings.get(digest);
    if (known !== undefined) return known;
    const reading = readDocument(text);
    if (!isDenial(reading)) readings.set(digest, reading, { size: sizeOf(text, reading) });
    return reading;
  };
}

/** Roughly the bytes of a reading. Its names may be slices of the text, which then stays in memory with them. */
function sizeOf(text: string, { operations }: DocumentReading): number {
  return BYTES_OF_READING + 2 * text.length + BYTES_OF_OPERATION * operations.length;
}
