import * as graphql17 from 'graphql';
import * as graphql14 from 'graphql-14';
import { rootFieldNames } from './graphql-arbitraries.ts';

const fields = rootFieldNames.map((name) => `${name}(id: Int): Node`).join('\n');
const typeDefinitions = `
  type Query { ${fields} }
  type Mutation { ${fields} }
  type Node { ${fields} }
  type Other { other: Int }
`;

type Run = (text: string, operationName: string | undefined) => readonly string[];

const schema17 = graphql17.buildSchema(typeDefinitions);
const schema14 = graphql14.buildSchema(typeDefinitions);
let ran: string[] = [];
recordRootFields(schema17.getQueryType()?.getFields(), schema17.getMutationType()?.getFields());
recordRootFields(schema14.getQueryType()?.getFields(), schema14.getMutationType()?.getFields());

/** Runs one operation of a document, without validation, and tells which root fields were resolved. */
export const runOnGraphql17: Run = (text, operationName) =>
  record(() => {
    const run = { schema: schema17, document: graphql17.parse(text), variableValues: { yes: true } };
    return graphql17.execute({ ...run, ...(operationName !== undefined && { operationName }) });
  });

/** The same on the version that Prefect 1's Apollo runs. */
export const runOnGraphql14: Run = (text, operationName) =>
  record(() => {
    const run = { schema: schema14, document: graphql14.parse(text), variableValues: { yes: true } };
    return graphql14.execute({ ...run, ...(operationName !== undefined && { operationName }) });
  });

type Fields = Record<string, { resolve?: unknown }> | undefined;

function recordRootFields(queries: Fields, mutations: Fields): void {
  for (const name of rootFieldNames) {
    Object.assign(queries?.[name] ?? {}, { resolve: () => ran.push(`query/${name}`) && null });
    Object.assign(mutations?.[name] ?? {}, { resolve: () => ran.push(`mutation/${name}`) && null });
  }
}

/** What was resolved before an execution fails counts as well. */
function record(execution: () => unknown): readonly string[] {
  ran = [];
  try {
    execution();
  } catch {
    // A text that does not parse, an operation name that is missing or ambiguous.
  }
  return ran;
}

export const acceptedByGraphql17 = (text: string) => isAccepted(() => graphql17.parse(text));
export const acceptedByGraphql14 = (text: string) => isAccepted(() => graphql14.parse(text));

function isAccepted(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
