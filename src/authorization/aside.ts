import type { Operation } from './operation.ts';

/** Rights that no route is named after. A request needs them beside its route's own; a scope written as a path grants none. */
export const RIGHTS_WITHOUT_ROUTE: ReadonlySet<Operation> = new Set([
  'query/read_block_secrets',
  'query/render_template',
  'mutation/fetch_remote_schema',
  'mutation/override_job_variables',
  'mutation/override_base_job_template',
  'mutation/set_infrastructure_pid',
]);

/** An operation that a request asks for beside its route's own, because of a field of its query or body. */
export interface Aside {
  readonly operation: Operation;
  /** As the denial names it: `work_queue_name`, `actions.run-deployment.parameters`. */
  readonly field: string;
  /** Whether it concerns an object that the path does not name; no condition is then met. */
  readonly isElsewhere?: boolean;
}

export type Asides = ReadonlyMap<Operation, Aside>;

/** One aside for each operation, the strictest that some field asks for. */
export function joinAsides(asides: readonly Aside[]): Asides {
  const joined = new Map<Operation, Aside>();
  for (const aside of asides) {
    const earlier = joined.get(aside.operation);
    joined.set(aside.operation, {
      operation: aside.operation,
      field: earlier?.field ?? aside.field,
      isElsewhere: aside.isElsewhere === true || earlier?.isElsewhere === true,
    });
  }
  return joined;
}
