import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DocumentReader, DocumentReading } from './authorization/graphql-operations.ts';
import { isDenial } from './denial.ts';

/** Clients send the same few documents with other variables. */
const MOST_DOCUMENTS = 5_000;
/** Of their texts, which the names of their fields may be parts of. */
const MOST_CHARACTERS = 8_000_000;
/** What a reading takes beside. */
const OVERHEAD = 300;

/**
 * Keeps what a document asks for, under the digest of its text: a document can be long and can hold a secret. One that is
 * refused is read again every time, so that it pushes nothing out.
 */
export function createDocumentCache(readDocument: DocumentReader): DocumentReader {
  const readings = new LRUCache<string, DocumentReading>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_CHARACTERS,
  });
  return function readOnce(text) {
    const digest = hash('sha256', text, 'base64');
    const known = readings.get(digest);
    if (known !== undefined) return known;
    const reading = readDocument(text);
    if (!isDenial(reading)) readings.set(digest, reading, { size: text.length + OVERHEAD });
    return reading;
  };
}
