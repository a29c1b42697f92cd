export type OperationKind = 'query' | 'mutation' | 'admin';

/**
 * What a request would do, the kind by effect and not by method: `query/read_flow_runs`, `mutation/create_flow_run`,
 * and `admin/...` for this service's own endpoints.
 */
export type Operation = `${OperationKind}/${string}`;

export function isMutation(operation: Operation): boolean {
  return !operation.startsWith('query/');
}
