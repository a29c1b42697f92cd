import type { AccessRequest, OriginalRequest } from '../authorization/access-request.ts';
import { type Denial, isDenial } from '../authorization/denial.ts';
import type { GraphqlBounds } from '../requests/graphql/graphql-bounds.ts';
import { createDocumentReader, type DocumentReader } from '../requests/graphql/graphql-operations.ts';
import { type AccessRequestReader, createAccessRequestReader } from '../requests/read-access-request.ts';
import { prefectRoutes } from '../requests/rest/prefect-routes.ts';
import type { Public, RestOptions } from '../requests/rest/rest-request.ts';
import { isQuick, QUICK_BYTES, sizeOf } from './is-quick.ts';
import type { ReadingThread } from './reading-thread.ts';

export interface ReadingOptions extends RestOptions {
  readonly graphql: GraphqlBounds;
}

export type Reading = AccessRequest | Denial | Public;

export interface RequestReader extends Pick<AccessRequestReader, 'preview'> {
  /**
   * Reads immediately if that takes about a millisecond at most, and otherwise in a separate thread.
   *
   * @param asker requests of the same asker wait for one another there
   */
  read(original: OriginalRequest, asker: string): Reading | Promise<Reading>;
}

export function createRequestReader(
  options: ReadingOptions,
  thread: Pick<ReadingThread, 'read'>,
  cached: (reader: DocumentReader) => DocumentReader = (reader) => reader,
): RequestReader {
  const characters = Math.min(options.graphql.characters, QUICK_BYTES);
  const graphql = { ...options.graphql, characters };
  const here = createAccessRequestReader(prefectRoutes, {
    ...options,
    graphql,
    readDocument: cached(createDocumentReader(graphql)),
  });
  return {
    preview: here.preview,
    read(original, asker) {
      if (!isQuick(original)) return thread.read(original, asker);
      const reading = here.read(original);
      // The only reason may be that its documents are too long to be read here.
      return isUnreadable(reading) && sizeOf(original) > QUICK_BYTES ? thread.read(original, asker) : reading;
    },
  };
}

function isUnreadable(reading: Reading): boolean {
  return reading !== 'public' && isDenial(reading) && reading.reason === 'unreadable_request';
}
