import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { Kind, parse } from 'graphql';
import { isDenial } from '../../../src/authorization/denial.ts';
import { defaultGraphqlBounds } from '../../../src/requests/graphql/graphql-bounds.ts';
import { readGraphqlRequest } from '../../../src/requests/graphql/graphql-operations.ts';
import { graphqlPost } from '../original-request.ts';
import { documents, mutatedDocuments, plainDocuments, unsoundDocuments } from './graphql-arbitraries.ts';
import { acceptedByGraphql14, acceptedByGraphql17, runOnGraphql14, runOnGraphql17 } from './graphql-schemas.ts';

const read = (body: unknown) => readGraphqlRequest(graphqlPost(body), defaultGraphqlBounds);

/** Every name that could be asked for, and none. */
function operationNames(text: string): readonly (string | undefined)[] {
  const names = parse(text).definitions.map((each) =>
    each.kind === Kind.OPERATION_DEFINITION ? each.name?.value : '',
  );
  return [...new Set([undefined, ...names.filter((name) => name !== '')])];
}

function assertCovered(t: ExecutionContext, operations: readonly string[], ran: readonly string[]): void {
  const escaped = ran.filter((operation) => !operations.includes(operation));
  t.deepEqual(escaped, []);
}

for (const [version, run] of [
  ['17', runOnGraphql17],
  ['14.6', runOnGraphql14],
] as const) {
  test(`whatever graphql-js ${version} resolves is among the operations of the request`, (t) => {
    let allowed = 0;
    let resolved = 0;
    fc.assert(
      fc.property(documents, (query) => {
        const request = read({ query });
        if (!isDenial(request)) {
          allowed += 1;
          const ran = operationNames(query).flatMap((name) => run(query, name));
          resolved += ran.length;
          assertCovered(t, request.operations, ran);
        }
      }),
      { numRuns: 5000 },
    );
    t.true(allowed > 4000 && resolved > 3000, `only ${allowed} documents were read and ${resolved} fields resolved`);
  });
}

test('nothing is asked for that graphql-js would not resolve', (t) => {
  fc.assert(
    fc.property(plainDocuments, (query) => {
      const request = read({ query });
      t.deepEqual(isDenial(request) || new Set(request.operations), new Set(runOnGraphql17(query, undefined)));
    }),
    { numRuns: 2000 },
  );
});

test('whatever an unsound document resolves is among its operations, or it is refused', (t) => {
  fc.assert(
    fc.property(unsoundDocuments, (query) => {
      const request = read({ query });
      if (!isDenial(request)) {
        const ran = operationNames(query).flatMap((name) => runOnGraphql14(query, name));
        assertCovered(t, request.operations, ran);
      }
    }),
    { numRuns: 3000 },
  );
});

test('whatever a batch resolves is among its operations', (t) => {
  fc.assert(
    fc.property(fc.array(documents, { minLength: 1, maxLength: 5 }), (queries) => {
      const request = read(queries.map((query) => ({ query })));
      if (!isDenial(request)) {
        const ran = queries.flatMap((query) => operationNames(query).flatMap((name) => runOnGraphql14(query, name)));
        assertCovered(t, request.operations, ran);
      }
    }),
    { numRuns: 3000 },
  );
});

test('a document that only one of graphql-js 14.6 and 17 accepts is refused', (t) => {
  let onlyOne = 0;
  fc.assert(
    fc.property(mutatedDocuments, (query) => {
      const accepted = [acceptedByGraphql14(query), acceptedByGraphql17(query)];
      onlyOne += accepted[0] === accepted[1] ? 0 : 1;
      if (!isDenial(read({ query }))) {
        t.deepEqual(accepted, [true, true]);
      }
    }),
    { numRuns: 20_000 },
  );
  t.true(onlyOne > 40, `only ${onlyOne} documents made a difference`);
});
