import { setTimeout as sleep } from 'node:timers/promises';

/** One of each of Prefect's objects, made in a running server. */
export interface PrefectObjects {
  /** A route's path (`/flows/{id}`, below the API's base path), with the ids and names of real objects. */
  fill(path: string): string;
  readonly flowId: string;
  readonly deploymentId: string;
  readonly flowRunId: string;
  readonly blockDocumentId: string;
  readonly workQueueId: string;
}

export const flowName = 'etl';
export const deploymentName = 'daily run';
export const workPoolName = 'gpu pool';

/** @param api `http://127.0.0.1:<port>/api`, Prefect itself and not nginx */
export async function createPrefectObjects(api: string): Promise<PrefectObjects> {
  const ask = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(api + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  const send = async (method: string, path: string, body?: object): Promise<{ id: string }> => {
    let response = await ask(method, path, body);
    // Prefect says so while its SQLite is locked, on a machine that is busy; its clients ask again too.
    for (let attempt = 0; response.status === 503 && attempt < 10; attempt++) {
      await sleep(500);
      response = await ask(method, path, body);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const create = async (path: string, body: object) => (await send('POST', path, body)).id;

  const flowId = await create('/flows/', { name: flowName });
  await create('/work_pools/', { name: workPoolName, type: 'process' });
  const workPool = `/work_pools/${encodeURIComponent(workPoolName)}`;
  const deploymentId = await create('/deployments/', {
    name: deploymentName,
    flow_id: flowId,
    work_pool_name: workPoolName,
    entrypoint: 'flow.py:etl',
    path: '.',
  });
  const flowRunId = await create(`/deployments/${deploymentId}/create_flow_run`, {});
  const taskRunId = await create('/task_runs/', { flow_run_id: flowRunId, task_key: 'load', dynamic_key: '0' });
  const states = (await send('GET', `/flow_run_states/?flow_run_id=${flowRunId}`)) as unknown as { id: string }[];
  const blockTypeId = await create('/block_types/', { name: 'Login', slug: 'login' });
  const fields = {
    title: 'Login',
    type: 'object',
    properties: { password: { type: 'string' } },
    secret_fields: ['password'],
    block_type_slug: 'login',
  };
  const blockSchemaId = await create('/block_schemas/', { block_type_id: blockTypeId, fields, capabilities: [] });
  const blockDocumentId = await create('/block_documents/', {
    name: 'warehouse',
    block_type_id: blockTypeId,
    block_schema_id: blockSchemaId,
    data: { password: 'correct horse' },
  });

  const workQueueId = (await send('GET', `${workPool}/queues/default`)).id;

  const idOf: Readonly<Record<string, string>> = {
    flows: flowId,
    deployments: deploymentId,
    flow_runs: flowRunId,
    task_runs: taskRunId,
    flow_run_states: states[0]?.id ?? '',
    task_run_states: states[0]?.id ?? '',
    block_types: blockTypeId,
    block_schemas: blockSchemaId,
    block_documents: blockDocumentId,
    work_queues: workQueueId,
    variables: await create('/variables/', { name: 'region', value: 'eu' }),
    artifacts: await create('/artifacts/', {
      key: 'report',
      type: 'markdown',
      data: '# Report',
      flow_run_id: flowRunId,
    }),
    concurrency_limits: await create('/concurrency_limits/', { tag: 'gpu', concurrency_limit: 1 }),
    saved_searches: (await send('PUT', '/saved_searches/', { name: 'mine', filters: [] })).id,
  };
  const nameOf: Readonly<Record<string, string>> = {
    name: workPoolName,
    work_pool_name: workPoolName,
    flow_name: flowName,
    deployment_name: deploymentName,
    block_document_name: 'warehouse',
    slug: 'login',
    tag: 'gpu',
    view: 'aggregate-worker-metadata',
    key: 'report',
    id_or_name: 'database',
    countable: 'day',
    resource_id: `prefect.deployment.${deploymentId}`,
    schedule_id: deploymentId,
    lease_id: deploymentId,
  };
  await create('/v2/concurrency_limits/', { name: 'database', limit: 1 });

  function fill(path: string): string {
    const resource = path.split('/').find((part) => part in idOf) ?? '';
    return path.replaceAll(/\{(\w+)(?::\w+)?\}/g, (_, name: string) =>
      encodeURIComponent((name === 'id' ? idOf[resource] : nameOf[name]) ?? flowId),
    );
  }
  return { fill, flowId, deploymentId, flowRunId, blockDocumentId, workQueueId };
}
