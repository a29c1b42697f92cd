import test from 'ava';
import { deny } from '../../../src/authorization/denial.ts';
import { createDocumentCache } from '../../../src/requests/graphql/document-cache.ts';
import { defaultGraphqlBounds } from '../../../src/requests/graphql/graphql-bounds.ts';
import { createDocumentReader, type DocumentReading } from '../../../src/requests/graphql/graphql-operations.ts';
import { collectedHeapBytes } from '../../support/process/heap.ts';

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

test('documents do not fill the memory, whatever they are made of', async (t) => {
  const documents: Readonly<Record<string, (at: number) => string>> = {
    'long names': (at) =>
      `{ ${Array.from({ length: 45 }, (_, each) => `a${at}_${each}_${'x'.repeat(170)}`).join(' ')} }`,
    'one name in a long text': (at) => `{ flow_of_some_length_${at} } # ${'ж'.repeat(8_000)}`,
    'many names': (at) => `{ ${Array.from({ length: 900 }, (_, each) => `a${at}_${each}`).join(' ')} }`,
  };
  const cached = createDocumentCache(createDocumentReader(defaultGraphqlBounds));
  const before = await collectedHeapBytes();
  for (const [what, toDocument] of Object.entries(documents)) {
    for (let at = 0; at < 5_000; at++) t.true('operations' in cached(toDocument(at)));
    const grown = (await collectedHeapBytes(before + 30_000_000)) - before;
    t.true(grown < 30_000_000, `${what}: ${grown} bytes`);
    t.true('operations' in cached('{ flow }'), 'all of it is still there');
  }
});
