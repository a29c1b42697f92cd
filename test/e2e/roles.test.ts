import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import reviewed from '../../data/prefect/reviewed.json' with { type: 'json' };
import builtIn from '../../data/roles.json' with { type: 'json' };
import type { PrefectObjects } from '../support/prefect/prefect-objects.ts';
import { startGuardedPrefect } from './guarded-prefect.ts';

const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const ownRoles = {
  'on-call': {
    description: 'Looks, runs deployments, and cancels runs.',
    inherits: ['runner'],
    grants: [{ scopes: ['mutation/set_flow_run_state'], why: 'Cancelling is a state that is set.' }],
  },
  accountant: {
    description: 'Counts.',
    grants: [{ scopes: ['query/count_*', 'query/read_flow*'], why: 'Counts are what is billed.' }],
    excludes: ['query/read_flow_runs'],
  },
};
const roles: Readonly<
  Record<
    string,
    {
      readonly inherits?: readonly string[];
      readonly excludes?: readonly string[];
      readonly grants: readonly { readonly scopes: readonly string[] }[];
    }
  >
> = { ...builtIn, ...ownRoles };

/** What a role may do, worked out from its data without the code that is tested. */
function mayDo(role: string, operation: string): boolean {
  // Whoever may do anything may do what every client asks first.
  if (role in roles && ['mutation/create_csrf_token', 'query/read_version'].includes(operation)) return true;
  const { inherits = [], excludes = [], grants } = roles[role] ?? { grants: [] };
  const granted = grants
    .flatMap(({ scopes }) => scopes)
    .some((scope) => new RegExp(`^${scope.replaceAll('*', '.*')}$`).test(operation));
  return (granted && !excludes.includes(operation)) || inherits.some((parent) => mayDo(parent, operation));
}

interface Endpoint {
  readonly method: string;
  /** Below /api, with real ids. */
  readonly path: string;
  readonly operations: readonly string[];
  readonly body?: unknown;
}

const kinds = new Map(Object.keys(reviewed.api).map((operation) => [operation.split('/')[1] ?? '', operation]));
kinds.set('orion_info', 'query/server_version');

interface Review {
  readonly also?: readonly string[];
  readonly alsoOn?: Readonly<Record<string, readonly string[]>>;
}

/** @param route as the review names it: `POST /work_queues/` */
function operationsOf(name: string, route: string): readonly string[] {
  const operation = kinds.get(name) ?? `unreviewed/${name}`;
  const { also = [], alsoOn = {} } = (reviewed.api as Record<string, Review>)[operation] ?? {};
  return [operation, ...also, ...(alsoOn[route] ?? [])];
}

interface OpenapiOperation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly type?: string } }> };
}

/** Every operation of Prefect's own OpenAPI document; FastAPI builds an operation's id of the function's name, the path and the method. */
async function readEndpoints(api: string, objects: PrefectObjects): Promise<Endpoint[]> {
  const { paths } = (await (await fetch(`${api}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, OpenapiOperation>>;
  };
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody }]) => {
      const suffix = `${path.replaceAll(/\W/g, '_')}_${method}`;
      const name = operationId.slice(0, -suffix.length);
      return {
        method: method.toUpperCase(),
        path: objects.fill(path.replace(/^\/api/, '')),
        operations: operationsOf(name, `${method.toUpperCase()} ${path.replace(/^\/api/, '')}`),
        ...(requestBody?.content['application/json']?.schema.type === 'array' && { body: [] }),
      };
    }),
  );
  // What removes an object comes last, so that the others find it.
  return endpoints.sort((one, other) => Number(one.method === 'DELETE') - Number(other.method === 'DELETE'));
}

const publicPaths = new Set(['/health', '/ready']);

/** Routes that the OpenAPI document leaves out, and what a query or a body adds. */
function furtherEndpoints({ blockDocumentId, deploymentId, flowRunId }: PrefectObjects): Endpoint[] {
  return [
    { method: 'GET', path: '/openapi.json', operations: ['query/openapi'] },
    { method: 'GET', path: '/docs', operations: ['query/swagger_ui_html'] },
    { method: 'POST', path: '/ui/task_runs/count', operations: ['query/read_task_run_counts_by_state'] },
    { method: 'GET', path: '/no/such/route', operations: ['query/unknown'] },
    { method: 'POST', path: '/no/such/route', operations: ['mutation/unknown'] },
    { method: 'HEAD', path: '/admin/version', operations: ['query/read_version'] },
    {
      method: 'GET',
      path: `/block_documents/${blockDocumentId}?include_secrets=true`,
      operations: ['query/read_block_document_by_id', 'query/read_block_secrets'],
    },
    {
      method: 'POST',
      path: '/block_documents/filter',
      body: { include_secrets: true },
      operations: ['query/read_block_documents', 'query/read_block_secrets'],
    },
    {
      method: 'POST',
      path: `/deployments/${deploymentId}/create_flow_run`,
      body: { job_variables: { command: 'id' } },
      operations: ['mutation/create_flow_run_from_deployment', 'mutation/override_job_variables'],
    },
    {
      method: 'PATCH',
      path: `/flow_runs/${flowRunId}`,
      body: { job_variables: { command: 'id' } },
      operations: ['mutation/update_flow_run', 'mutation/override_job_variables'],
    },
    {
      method: 'POST',
      path: `/deployments/${deploymentId}/create_flow_run`,
      body: { parameters: { x: { __prefect_kind: 'workspace_variable', variable_name: 'region' } } },
      operations: ['mutation/create_flow_run_from_deployment', 'query/read_variable_by_name'],
    },
    {
      method: 'POST',
      path: `/deployments/${deploymentId}/create_flow_run`,
      body: { parameters: { x: { __prefect_kind: 'jinja', template: '{{ 7 * 7 }}' } } },
      operations: ['mutation/create_flow_run_from_deployment', 'query/render_template'],
    },
    {
      method: 'POST',
      path: `/deployments/${deploymentId}/create_flow_run`,
      body: { work_queue_name: 'made-by-a-run' },
      operations: ['mutation/create_flow_run_from_deployment', 'mutation/create_work_queue'],
    },
    {
      method: 'PATCH',
      path: '/work_pools/gpu%20pool',
      body: { base_job_template: {} },
      operations: ['mutation/update_work_pool', 'mutation/override_base_job_template'],
    },
    {
      method: 'PATCH',
      path: `/block_documents/${blockDocumentId}`,
      body: { block_schema_id: blockDocumentId, data: {} },
      operations: ['mutation/update_block_document_data', 'query/read_block_secrets'],
    },
  ];
}

const webSockets: readonly (readonly [path: string, allowed: readonly string[]])[] = [
  ['/events/in', ['developer', 'worker', 'owner']],
  ['/events/out', ['viewer', 'runner', 'developer', 'worker', 'owner', 'on-call']],
  ['/task_runs/subscriptions/scheduled', ['developer', 'owner']],
];
const newerWebSockets: typeof webSockets = [
  ['/logs/out', ['viewer', 'runner', 'developer', 'owner', 'on-call']],
  ['/work_pools/gpu%20pool/workers/connect', ['developer', 'owner']],
];

/** 401 without a key, and else 403 with a sentence that names what is missing, in the form that Prefect's clients read. */
function isRefusal(
  key: string | undefined,
  method: string,
  missing: readonly string[],
  status: number,
  text: string,
): boolean {
  if (status !== (key === undefined ? 401 : 403)) return false;
  if (method === 'HEAD') return true;
  const { detail } = JSON.parse(text);
  return typeof detail === 'string' && (key === undefined || missing.every((operation) => detail.includes(operation)));
}

/** A query of its own, by which the request is found in Prefect's log. */
function mark(path: string, probe: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}probe=${probe}`;
}

for (const version of ['3', '2.20']) {
  test(`each role may do on Prefect ${version} what it says, and what it may not does not arrive`, async (t) => {
    const rolesFile = join(folder, 'roles.json');
    writeFileSync(rolesFile, JSON.stringify(ownRoles));
    const { objects, api, send, open, service, arrivals } = await startGuardedPrefect(t, version, () => ({
      ROLES_FILE: rolesFile,
    }));
    const endpoints = [...furtherEndpoints(objects), ...(await readEndpoints(api, objects))];
    t.true(endpoints.length > 170, `${endpoints.length} endpoints`);
    t.deepEqual(
      endpoints.filter(({ operations }) => operations[0]?.startsWith('unreviewed/')),
      [],
    );
    const sockets = version === '2.20' ? webSockets : [...webSockets, ...newerWebSockets];

    const wrong: string[] = [];
    const refused = new Set<string>();
    const allowed = new Set<string>();
    for (const role of [...Object.keys(roles), 'a key that grants nothing', 'nobody']) {
      const key =
        role === 'nobody' ? undefined : (await service.issue(role in roles ? `role:${role}` : 'admin/nothing')).key;
      for (const [index, { method, path, operations, body }] of endpoints.entries()) {
        const probe = `${role.replaceAll(' ', '-')}.${index}.${operations.at(-1)?.split('/')[1]}`;
        const { status, text } = await send(key, method, mark(path, probe), body);
        const missing = operations.filter((operation) => !mayDo(role, operation));
        const isAllowed = publicPaths.has(path) || missing.length === 0;
        (isAllowed ? allowed : refused).add(probe);
        // Who may not do what the path says is refused before anybody reads what the body asks for.
        const named = missing.filter(
          (operation) => operation === operations[0] || !missing.includes(operations[0] ?? ''),
        );
        const isRight = isAllowed ? status !== 401 && status !== 403 : isRefusal(key, method, named, status, text);
        if (!isRight) wrong.push(`${role}: ${method} ${path} (${operations}): ${status} ${text.slice(0, 200)}`);
      }
      for (const [index, [path, whoMay]] of sockets.entries()) {
        const probe = `${role.replaceAll(' ', '-')}.ws${index}`;
        const { status } = await open(key, mark(path, probe));
        const isAllowed = whoMay.includes(role);
        (isAllowed ? allowed : refused).add(probe);
        if (status !== (isAllowed ? 101 : key === undefined ? 401 : 403))
          wrong.push(`${role}: WebSocket ${path}: ${status}`);
      }
    }
    t.deepEqual(wrong, []);
    // Whoever has a key may ask a Prefect 1 who they are; here it is the route that answers.
    const { key: anyKey } = await service.issue('query/nothing');
    const disguised = await send(anyKey, 'GET', `/flows/${objects.flowId}?query={auth_info{tenant_id}}`);
    t.is(disguised.status, 403);
    t.regex(disguised.text, /query\/read_flow/);
    // A preflight carries no credential. To one without an Origin, Prefect says that no route of its takes OPTIONS.
    t.is((await send(undefined, 'OPTIONS', '/flows/')).status, 405);

    const arrived = new Set((await arrivals()).flatMap((arrival) => /[?&]probe=([\w.-]+)/.exec(arrival)?.[1] ?? []));
    t.deepEqual(
      [...refused].filter((probe) => arrived.has(probe)),
      [],
      'nothing refused arrived',
    );
    t.deepEqual(
      [...allowed].filter((probe) => !arrived.has(probe) && !probe.includes('health')),
      [],
      'everything allowed arrived',
    );
    const blocked = service.log().filter((line) => line.audit === true && line.outcome === 'deny');
    t.is(blocked.length, refused.size + 1, 'every refusal is one line of the audit trail');
  });
}

test('a role is what it says in words', (t) => {
  const may: readonly (readonly [role: string, operation: string, isAllowed: boolean])[] = [
    ['viewer', 'query/read_flow_runs', true],
    ['viewer', 'query/read_block_secrets', false],
    ['viewer', 'mutation/create_flow_run_from_deployment', false],
    ['viewer', 'mutation/create_saved_search', false],
    ['runner', 'mutation/create_flow_run_from_deployment', true],
    ['runner', 'mutation/override_job_variables', false],
    ['runner', 'mutation/set_flow_run_state', false],
    ['runner', 'mutation/create_flow_run', false],
    ['developer', 'query/read_block_secrets', true],
    ['developer', 'mutation/create_automation', true],
    ['developer', 'mutation/clear_database', false],
    ['developer', 'mutation/update_server_default_result_storage', false],
    ['developer', 'mutation/unknown', false],
    ['worker', 'mutation/set_flow_run_state', true],
    ['worker', 'query/read_block_secrets', true],
    ['worker', 'query/read_settings', false],
    ['worker', 'mutation/create_deployment', false],
    ['worker', 'mutation/override_job_variables', false],
    ['worker', 'mutation/override_base_job_template', false],
    ['worker', 'mutation/update_work_pool', false],
    ['owner', 'mutation/clear_database', true],
  ];
  for (const [role, operation, isAllowed] of may) t.is(mayDo(role, operation), isAllowed, `${role} ${operation}`);
});
