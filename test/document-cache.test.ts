import test from 'ava';
import type { DocumentReading } from '../src/authorization/graphql-operations.ts';
import { deny } from '../src/denial.ts';
import { createDocumentCache } from '../src/document-cache.ts';

test('a document is read once, and one that is refused every time', (t) => {
  const read: string[] = [];
  const refusal = deny('unreadable_request', 'no');
  const cached = createDocumentCache((text) => {
    read.push(text);
    return text.startsWith('{') ? ({ operations: [`query/${text}`] } as unknown as DocumentReading) : refusal;
  });
  for (const text of ['{ a }', '{ b }', '{ a }', '{ a }', '{ a } ', 'x', 'x', '{ b }']) {
    const reading = cached(text);
    t.deepEqual(reading, text === 'x' ? refusal : ({ operations: [`query/${text}`] } as never));
  }
  t.deepEqual(read, ['{ a }', '{ b }', '{ a } ', 'x', 'x']);
});
