import { buildSchema, type FieldNode, graphqlSync, Kind, valueFromASTUntyped } from 'graphql';
import type { GraphqlItem } from '../authorization/access-request.ts';
import type { GraphqlResult } from '../prefect/merge-answers.ts';
import { toVariables } from '../requests/graphql/graphql-variables.ts';

/** The caller's identity, as Prefect 1's clients know it. */
export interface Identity {
  readonly tenant: Tenant;
  readonly userId: string;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
}

// Only Prefect Cloud has `auth_info`; the open-source server has no users. Input types are scalars, which accept any value.
const schema = buildSchema(`
  scalar uuid
  scalar tenant_bool_exp
  type Query { auth_info: auth_info, tenant(where: tenant_bool_exp): [tenant!]! }
  type auth_info { tenant_id: uuid, user_id: String }
  type tenant { id: uuid, name: String, slug: String }
`);
const TENANT_FIELDS = new Set(['id', 'name', 'slug', '__typename']);

/** Whether a root field asks for the caller's identity, or for the name of the one tenant that the settings describe. */
export function asksForIdentity(
  field: FieldNode,
  variables: Readonly<Record<string, unknown>> | undefined,
  tenant: Tenant,
): boolean {
  if (field.name.value === 'auth_info') return true;
  if (field.name.value !== 'tenant' || field.arguments?.length !== 1) return false;
  const [argument] = field.arguments;
  if (argument?.name.value !== 'where') return false;
  const where = valueFromASTUntyped(argument.value, variables);
  return (
    onlyValue(onlyValue(where, 'id'), '_eq') === tenant.id &&
    (field.selectionSet?.selections ?? []).every(
      (selection) => selection.kind === Kind.FIELD && TENANT_FIELDS.has(selection.name.value),
    )
  );
}

/** The value of a key, if the object has no other key. An object may be large, so its keys are not listed. */
function onlyValue(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  for (const other in value) {
    if (other !== key) return undefined;
  }
  return (value as Record<string, unknown>)[key];
}

/** Runs a document that asks for the caller's identity alone. */
export function answerIdentity(document: string, item: GraphqlItem, { tenant, userId }: Identity): GraphqlResult {
  return graphqlSync({
    schema,
    source: document,
    rootValue: { auth_info: { tenant_id: tenant.id, user_id: userId }, tenant: [tenant] },
    variableValues: toVariables(item.variables) ?? {},
    ...(item.operationName !== undefined && { operationName: item.operationName }),
  });
}
