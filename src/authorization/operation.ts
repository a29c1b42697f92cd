export type OperationKind = 'query' | 'mutation' | 'admin';

/**
 * What a request would do: `query/read_flow_runs`, `mutation/create_flow_run`, and `admin/...` for this service's own
 * endpoints. The kind follows the effect, not the method.
 */
export type Operation = `${OperationKind}/${string}`;

export function isMutation(operation: Operation): boolean {
  return !operation.startsWith('query/');
}
