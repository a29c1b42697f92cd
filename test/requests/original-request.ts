import type { OriginalRequest } from '../../src/authorization/access-request.ts';

/** A POST of JSON to Prefect 1's endpoint; the body as text, bytes, or a value to be written as JSON. */
export function graphqlPost(body: unknown, changes: Partial<OriginalRequest> = {}): OriginalRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    method: 'POST',
    target: '/graphql',
    isWebSocket: false,
    isGraphqlHost: false,
    contentType: 'application/json',
    contentEncoding: undefined,
    contentLength: String(bytes.length),
    body: bytes,
    ...changes,
  };
}

export function graphqlGet(target: string, changes: Partial<OriginalRequest> = {}): OriginalRequest {
  const nothing = { contentType: undefined, contentLength: undefined, body: undefined };
  return { ...graphqlPost(''), ...nothing, method: 'GET', target, ...changes };
}
