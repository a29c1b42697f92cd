import { Kind, type ValueNode, visit } from 'graphql';
import type { Operation } from '../../authorization/operation.ts';
import type { GraphqlDocument } from './graphql-document.ts';
import { toVariables } from './graphql-variables.ts';

/** Prefect 1's job variables: what an agent executes, `mutation/create_flow_run(input: {run_config: ...})`. */
const RUN_CONFIG = 'run_config';
const CREATE_RUN: Operation = 'mutation/create_flow_run';

/** Where a document takes the run_config of a run from. */
export interface RunConfig {
  /** Whether the document itself contains one. */
  readonly isWritten: boolean;
  /** The variables that are used as one. */
  readonly variables: readonly string[];
}

const NONE: RunConfig = { isWritten: false, variables: [] };

/** Looks anywhere in the document: even a run_config that is not an argument of create_flow_run counts. */
export function readRunConfig(text: string, { operations, fragments }: GraphqlDocument): RunConfig {
  // GraphQL names have no escapes.
  if (!text.includes(RUN_CONFIG)) return NONE;
  const values: ValueNode[] = [];
  const collect = (node: { readonly name: { readonly value: string }; readonly value: ValueNode }) => {
    if (node.name.value === RUN_CONFIG) values.push(node.value);
  };
  for (const definition of [...operations, ...fragments.values()]) {
    visit(definition, { ObjectField: collect, Argument: collect });
  }
  const variables = values.flatMap((value) => (value.kind === Kind.VARIABLE ? [value.name.value] : []));
  const defaults = operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions);
  const hasDefault = defaults.some(
    ({ variable, defaultValue }) =>
      variables.includes(variable.name.value) && defaultValue !== undefined && defaultValue.kind !== Kind.NULL,
  );
  const isWritten = values.some(({ kind }) => kind !== Kind.VARIABLE && kind !== Kind.NULL);
  return { isWritten: isWritten || hasDefault, variables };
}

/**
 * Whether a run would get a run_config, from the document or from its variables.
 *
 * @param text the text in which both were sent
 */
export function hasRunConfig(
  config: RunConfig,
  operations: readonly Operation[],
  variables: unknown,
  text: string,
): boolean {
  if (!operations.includes(CREATE_RUN) || !mayName(text)) return false;
  if (config.isWritten) return true;
  if (variables === undefined || variables === null) return false;
  const values = toVariables(variables);
  // The variables may be too long to be read here, but Prefect 1 accepts them.
  if (values === undefined) return config.variables.length > 0 || mayName(String(variables));
  return config.variables.some((name) => isSet(values[name])) || holdsRunConfig(values);
}

/** Whether a text contains the name, or an escape that may spell it. */
function mayName(text: string): boolean {
  return text.includes(RUN_CONFIG) || text.includes('\\u');
}

function holdsRunConfig(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, member]) => (name === RUN_CONFIG && isSet(member)) || holdsRunConfig(member),
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
