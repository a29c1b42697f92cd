import prefect1 from '../../data/prefect1.json' with { type: 'json' };
import type { Operation } from '../authorization/operation.ts';
import { WHO_AM_I } from '../authorization/policy.ts';
import { prefectOperations } from '../requests/rest/prefect-routes.ts';
import { OPENAPI_OPERATIONS } from '../requests/rest/rest-request.ts';

/** The service's own endpoints. */
export const ADMIN_OPERATIONS = [
  'admin/keys/create',
  'admin/keys/list',
  'admin/keys/show',
  'admin/keys/rotate',
  'admin/keys/revoke',
  'admin/cache',
  'admin/logs',
] as const satisfies readonly Operation[];

/** Every operation that a request can need in this version, of Prefect 1, 2, 3 and of the service itself. */
export const knownOperations: ReadonlySet<Operation> = new Set<Operation>([
  ...prefectOperations,
  ...(OPENAPI_OPERATIONS as ReadonlySet<Operation>),
  ...prefect1.queries.map((name): Operation => `query/${name}`),
  ...prefect1.mutations.map((name): Operation => `mutation/${name}`),
  'query/__schema',
  'query/__type',
  'query/__typename',
  WHO_AM_I,
  'query/unknown',
  'mutation/unknown',
  ...ADMIN_OPERATIONS,
]);
