import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { OriginalRequest } from '../../authorization/access-request.ts';
import { type Denial, deny } from '../../authorization/denial.ts';

/** The decision depends on these headers; nginx sends each of them once. */
const SINGLE_HEADERS = [
  'authorization',
  'x-prefect-user-id',
  'x-original-method',
  'x-original-uri',
  'x-original-content-length',
  'upgrade',
];
const METHOD = /^[A-Z]+$/;
const LENGTH = /^\d{1,15}$/;

/**
 * Reads what nginx says of the request that it holds back, without its body (mirrored-body.ts). A header that is missing, doubled
 * or malformed is a denial.
 *
 * @param isGraphqlHost whether nginx asks from a location that serves GraphQL on every path
 */
export function readOriginalRequest(request: IncomingMessage, isGraphqlHost: boolean): OriginalRequest | Denial {
  const { headers } = request;
  const doubled = findDoubledHeader(request);
  if (doubled !== undefined) return deny('unreadable_request', `The request carries ${doubled} more than once.`);
  const method = headers['x-original-method'];
  const target = headers['x-original-uri'];
  if (typeof method !== 'string' || !METHOD.test(method)) return unreadableHeader('X-Original-Method');
  if (typeof target !== 'string' || target === '') return unreadableHeader('X-Original-URI');
  const contentLength = (headers['x-original-content-length'] as string | undefined) || undefined;
  if (contentLength !== undefined && !LENGTH.test(contentLength)) return unreadableHeader('X-Original-Content-Length');
  if (!isBodyWhole(headers)) return deny('unreadable_request', 'The proxy showed a part of the body only.');
  const upgrade = (headers.upgrade ?? '').trim().toLowerCase();
  if (upgrade !== 'websocket' && upgrade.includes('websocket')) {
    return deny('unsupported_request', 'The Upgrade header names more than a WebSocket.');
  }
  // With another method, only Prefect's server decides whether this is a WebSocket, and then its routes have other names.
  if (upgrade === 'websocket' && method !== 'GET') {
    return deny('unsupported_request', `A WebSocket is opened with GET, not with ${method}.`);
  }
  return {
    method,
    target,
    isWebSocket: upgrade === 'websocket',
    isGraphqlHost,
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    contentLength,
    body: undefined,
  };
}

/** Node keeps the first of two Authorization headers; the upstream might take the other one. */
function findDoubledHeader({ headers, rawHeaders }: IncomingMessage): string | undefined {
  // Nearly always there are as many names as lines: then no header is doubled.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return undefined;
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return SINGLE_HEADERS.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
}

/** Envoy says whether it cut the body that it shows; nginx never cuts one. Any value but `false` counts as cut. */
function isBodyWhole(headers: IncomingHttpHeaders): boolean {
  const isPartial = headers['x-envoy-auth-partial-body'];
  return isPartial === undefined || (typeof isPartial === 'string' && isPartial.toLowerCase() === 'false');
}

function unreadableHeader(name: string): Denial {
  return deny('unreadable_request', `nginx did not say what was asked for: ${name} is missing or malformed.`);
}
