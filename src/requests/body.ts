import type { OriginalRequest } from '../authorization/access-request.ts';
import { type Denial, deny } from '../authorization/denial.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The text of the body exactly as Prefect will get it, or why it cannot be known. Empty only if the client says so with
 * `Content-Length: 0`: nginx also shows an empty body when it has written the real one to a file.
 */
export function readBody(original: OriginalRequest): string | Denial {
  if (!isIdentity(original.contentEncoding)) {
    return deny('unsupported_request', 'Send the body without a Content-Encoding: a compressed body is not read.');
  }
  const bytes = original.body ?? Buffer.alloc(0);
  if (bytes.length === 0) {
    return original.contentLength === '0' ? '' : deny('unreadable_request', missingBodyMessage(original));
  }
  if (original.contentLength !== undefined && original.contentLength !== String(bytes.length)) {
    return deny('unreadable_request', 'The body that nginx shows is not as long as its Content-Length says.');
  }
  return decode(bytes);
}

function isIdentity(contentEncoding: string | undefined): boolean {
  return contentEncoding === undefined || contentEncoding === '' || contentEncoding.toLowerCase() === 'identity';
}

function missingBodyMessage(original: OriginalRequest): string {
  return original.contentLength === undefined
    ? 'This request needs a body, and none was shown to be judged; send it with a Content-Length.'
    : 'nginx did not show the body: client_body_buffer_size must be at least client_max_body_size there.';
}

function decode(bytes: Buffer): string | Denial {
  try {
    const text = utf8.decode(bytes);
    return text.startsWith(BYTE_ORDER_MARK)
      ? deny('unreadable_request', 'The body begins with a byte order mark; send plain UTF-8.')
      : text;
  } catch {
    return deny('unreadable_request', 'The body is not valid UTF-8.');
  }
}
