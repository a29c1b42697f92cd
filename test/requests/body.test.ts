import test from 'ava';
import { readBody } from '../../src/requests/body.ts';
import { graphqlPost } from './original-request.ts';

test('a body is read as the text that its UTF-8 spells', (t) => {
  t.is(readBody(graphqlPost('{"name":"Zoë 🦆"}')), '{"name":"Zoë 🦆"}');
  t.is(readBody(graphqlPost('{}', { contentLength: undefined })), '{}');
  t.is(readBody(graphqlPost('{}', { contentEncoding: 'identity' })), '{}');
});

test('a body is known to be empty only where the client says so', (t) => {
  t.is(readBody(graphqlPost('', { contentLength: '0', body: undefined })), '');
  t.like(readBody(graphqlPost('', { contentLength: undefined })), { reason: 'unreadable_request' });
});

const denials = [
  ['a body that nginx spilled to a file', graphqlPost('', { contentLength: '70000' }), /client_body_buffer_size/],
  ['a body that was not mirrored', graphqlPost('', { contentLength: '2', body: undefined }), /client_body_buffer_size/],
  ['a chunked body that is not shown', graphqlPost('', { contentLength: undefined, body: undefined }), /needs a body/],
  ['a body shorter than announced', graphqlPost('{}', { contentLength: '3' }), /as long as/],
  ['a body longer than announced', graphqlPost('{}', { contentLength: '1' }), /as long as/],
  ['a length that is no number', graphqlPost('{}', { contentLength: '2, 2' }), /as long as/],
  ['bytes that are not UTF-8', graphqlPost(Buffer.from([0x22, 0xff, 0x22])), /UTF-8/],
  ['an overlong encoding', graphqlPost(Buffer.from([0xc0, 0xa2])), /UTF-8/],
  ['an encoded surrogate', graphqlPost(Buffer.from([0xed, 0xa0, 0x80])), /UTF-8/],
  ['a byte order mark', graphqlPost('\uFEFF{}'), /byte order mark/],
  ['UTF-16 with a byte order mark', graphqlPost(Buffer.from('\uFEFF{}', 'utf16le')), /UTF-8/],
] as const;

for (const [what, original, message] of denials) {
  test(`${what} is an unreadable request`, (t) => {
    const denial = readBody(original);
    t.like(denial, { outcome: 'deny', reason: 'unreadable_request' });
    t.regex(typeof denial === 'string' ? '' : denial.message, message);
  });
}

for (const contentEncoding of ['gzip', 'deflate', 'br', 'identity, gzip', 'x-unheard-of']) {
  test(`a body in Content-Encoding ${contentEncoding} is refused`, (t) => {
    t.like(readBody(graphqlPost('{}', { contentEncoding })), { outcome: 'deny', reason: 'unsupported_request' });
  });
}
