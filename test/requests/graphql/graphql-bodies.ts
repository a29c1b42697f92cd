import fc from 'fast-check';
import { Kind, parse } from 'graphql-14';
import { documents, mutatedDocuments } from './graphql-arbitraries.ts';
import { runOnGraphql14 } from './graphql-schemas.ts';

const item = fc.record(
  {
    query: fc.oneof({ weight: 6, arbitrary: documents }, { weight: 1, arbitrary: mutatedDocuments }),
    operationName: fc.constantFrom('First', 'Second', null),
    variables: fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
      fc.constantFrom('null', '{}', null),
    ),
    extensions: fc.constantFrom({}, {}, {}, null, { persistedQuery: { version: 1, sha256Hash: 'ab' } }),
  },
  { requiredKeys: ['query'] },
);
const json = fc
  .oneof(item, item, item, fc.array(item, { maxLength: 3 }), fc.jsonValue())
  .map((value) => JSON.stringify(value));
const splices = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"query":',
    '"query":"{ both }",',
    '"qu\\u0065ry":"{ on }",',
    '\\u0000',
  ),
  fc.constantFrom(
    '"extensions":{},',
    '\uFEFF',
    '\ud800',
    '\\ud800',
    '\u0000',
    '[{',
    '}]',
    'null',
    '__proto__',
    '...',
    '#',
    '\\n',
  ),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(6), splices), {
  maxLength: 2,
  size: 'xsmall',
});

/** Bodies of requests: JSON of GraphQL documents, most of it damaged somewhere, and mere bytes. */
export const bodies = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(json, edits).map(([text, changes]) => mutate(Buffer.from(text), changes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

function mutate(body: Buffer, changes: readonly (readonly [number, number, string])[]): Buffer {
  return changes.reduce((before, [place, cut, insert]) => {
    const at = Math.floor(place * before.length);
    return Buffer.concat([before.subarray(0, at), Buffer.from(insert, 'latin1'), before.subarray(at + cut)]);
  }, body);
}

/** What Apollo would run of a body, which it reads leniently: the byte order mark goes, broken UTF-8 is replaced, the last of two keys wins. */
export function runAsApollo(body: Buffer): readonly string[] {
  const value: { query: string } | { query: string }[] = JSON.parse(new TextDecoder().decode(body));
  return [value].flat().flatMap(({ query }) => {
    const names = parse(query).definitions.map((each) => each.kind === Kind.OPERATION_DEFINITION && each.name?.value);
    return [undefined, ...names].flatMap((name) => runOnGraphql14(query, name || undefined));
  });
}
